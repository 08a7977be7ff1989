{#- where no table is named one without rows stands in, so that all else builds -#}
{%- set tables = var('user_tables') or [none] -%}
with users as (

    {% for table in tables %}
        {{ user_rows(table) }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

),

renamed as (

    select
        -- ids
        {{ trimmed('user_id') }} as user_id,

        -- strings
        {{ normalised_email('email') }} as email,
        nullif(trim(first_name), '') as first_name,
        nullif(trim(last_name), '') as last_name,
        nullif(trim(phone), '') as phone,
        nullif(trim(street), '') as street,
        nullif(trim(postal_code), '') as postal_code,
        nullif(trim(city), '') as city,
        nullif(trim(company_name), '') as company_name,
        upper(nullif(trim(country_code), '')) as country_code,
        lower(nullif(trim(customer_type), '')) as customer_type,

        -- timestamps
        created_at,
        coalesce(updated_at, created_at) as updated_at

    from users

),

-- a login that several tables know is described by the row that changed last
newest as (

    select * from renamed
    where user_id is not null and created_at is not null
    qualify
        row_number() over (
            partition by user_id
            order by updated_at desc, created_at desc, email asc
        ) = 1

)

select * from newest
