with leads as (

    select * from {{ ref('leads') }}
    where is_qualified and customer_id is not null

),

customers as (

    select * from {{ ref('customers') }}

),

newest_leads as (

    select *
    from leads
    qualify
        row_number() over (
            partition by customer_id
            order by updated_at desc, lead_id asc
        ) = 1

),

qualified_leads as (

    select
        -- ids
        newest_leads.customer_id,
        newest_leads.lead_id,

        -- strings
        newest_leads.crm_name,
        coalesce(customers.email, newest_leads.email) as email,
        newest_leads.company_name,
        newest_leads.lead_source,
        newest_leads.lead_status,

        -- numbers
        customers.order_count_last_365_days,

        -- booleans
        newest_leads.is_converted,

        -- timestamps
        newest_leads.created_at
    from newest_leads
    inner join customers on newest_leads.customer_id = customers.customer_id

)

select * from qualified_leads
