with companies as (

    select * from {{ source('hubspot', 'companies') }}

),

renamed as (

    select
        -- ids
        id as company_id,

        -- strings
        nullif(trim(name), '') as company_name,
        lower(nullif(trim(domain), '')) as domain_name,
        industry,
        nullif(trim(city), '') as city,
        nullif(trim(country), '') as country_name,
        lifecyclestage as lifecycle_stage,

        -- numbers
        numberofemployees as employee_count,

        -- timestamps
        {{ utc_timestamp('created_at') }} as created_at,
        {{ utc_timestamp('updated_at') }} as updated_at

    from companies
    where not coalesce(archived, false) and _deleted_at is null

)

select * from renamed
