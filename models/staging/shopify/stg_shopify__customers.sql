with customers as (

    select * from {{ source('shopify', 'customers') }}
    where _deleted_at is null

),

renamed as (

    select
        -- ids
        cast(id as {{ dbt.type_string() }}) as shop_customer_id,
        -- what a login is called where people sign in elsewhere
        {{ trimmed('multipass_identifier') }} as user_id,

        -- strings
        {{ normalised_email('email') }} as email,
        nullif(trim(first_name), '') as first_name,
        nullif(trim(last_name), '') as last_name,
        nullif(trim(phone), '') as phone,
        {{ json_text('default_address', 'address1') }} as street,
        {{ json_text('default_address', 'zip') }} as postal_code,
        {{ json_text('default_address', 'city') }} as city,
        upper({{ json_text('default_address', 'country_code') }}) as country_code,
        state as account_state,
        nullif(trim(tags), '') as customer_tags,

        -- numbers
        coalesce(orders_count, 0) as order_count,
        cast(coalesce(total_spent, 0) as decimal(18, 2)) as spent_amount,

        -- timestamps
        {{ utc_timestamp('created_at') }} as created_at,
        {{ utc_timestamp('updated_at') }} as updated_at

    from customers

)

select * from renamed
