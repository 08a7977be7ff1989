with leads as (

    select * from {{ source('salesforce', 'lead') }}

),

renamed as (

    select
        -- ids
        id as lead_id,
        converted_account_id,
        converted_contact_id,

        -- strings
        {{ normalised_email('email') }} as email,
        nullif(trim(first_name), '') as first_name,
        nullif(trim(last_name), '') as last_name,
        nullif(trim(phone), '') as phone,
        nullif(trim(street), '') as street,
        nullif(trim(postal_code), '') as postal_code,
        nullif(trim(city), '') as city,
        nullif(trim(country), '') as country_name,
        -- the CRM asks for a company; people without one get this text
        nullif(nullif(trim(company), ''), '[not provided]') as company_name,
        lead_source,
        status as lead_status,

        -- numbers
        number_of_employees as employee_count,

        -- booleans
        coalesce(is_converted, false) as is_converted,
        coalesce(status = 'Qualified' or is_converted, false) as is_qualified,

        -- dates
        converted_date,

        -- timestamps
        {{ utc_timestamp('created_date') }} as created_at,
        {{ utc_timestamp('system_modstamp') }} as updated_at

    from leads
    where not coalesce(is_deleted, false) and _deleted_at is null

)

select * from renamed
