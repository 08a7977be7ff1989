with leads as (

    select * from {{ ref('int_leads_combined') }}

),

named as (

    select
        -- ids
        lead_id,
        customer_id,
        account_id,

        -- strings
        crm_name,
        email,
        company_name,
        account_name,
        customer_type,
        lead_source,
        lead_status,

        -- numbers
        cast(employee_count as bigint) as employee_count,

        -- booleans
        coalesce(is_converted, false) as is_converted,
        coalesce(is_qualified, false) as is_qualified,

        -- timestamps
        created_at,
        updated_at,
        qualified_at,
        account_created_at
    from leads

)

select * from named
