with customers as (

    select * from {{ source('stripe', 'customers') }}

),

renamed as (

    select
        -- ids
        id as payments_customer_id,
        {{ trimmed(json_text('metadata', 'user_id')) }} as user_id,

        -- strings
        {{ normalised_email('email') }} as email,
        nullif(trim(name), '') as customer_name,
        {{ first_word('name') }} as first_name,
        {{ after_first_word('name') }} as last_name,
        nullif(trim(phone), '') as phone,
        {{ json_text('address', 'line1') }} as street,
        {{ json_text('address', 'postal_code') }} as postal_code,
        {{ json_text('address', 'city') }} as city,
        upper({{ json_text('address', 'country') }}) as country_code,

        -- timestamps
        {{ utc_timestamp('created') }} as created_at

    from customers
    where not coalesce(deleted, false)

)

select * from renamed
