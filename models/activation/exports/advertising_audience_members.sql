with high_value_customers as (

    select customer_id from {{ ref('high_value_customers') }}

),

customers as (

    select *
    from {{ ref('customers') }}
    where email is not null and is_email_subscriber

),

members as (

    select
        -- ids
        customers.customer_id,

        -- strings
        customers.email,
        customers.phone,
        customers.first_name,
        customers.last_name,
        customers.country_code
    from customers
    inner join high_value_customers
        on customers.customer_id = high_value_customers.customer_id

)

select * from members
