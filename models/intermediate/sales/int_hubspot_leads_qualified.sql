with contacts as (

    select * from {{ ref('int_hubspot_contacts_untold') }}

),

lifecycle_stages as (

    select * from {{ ref('lifecycle_stages') }}
    where is_lead

),

qualified as (

    select
        contacts.*,
        lifecycle_stages.is_converted,
        -- a stage does not go back by itself when sales turns somebody down
        lifecycle_stages.is_qualified
        and (
            lifecycle_stages.is_converted
            or coalesce(contacts.lead_status, '') <> 'UNQUALIFIED'
        ) as is_qualified
    from contacts
    inner join lifecycle_stages
        on contacts.lifecycle_stage = lifecycle_stages.lifecycle_stage

),

dated as (

    select
        *,
        -- updated_at would not do: each of our own syncs moves it
        coalesce(
            became_marketing_qualified_at,
            became_sales_qualified_at,
            became_opportunity_at,
            became_customer_at,
            became_lead_at,
            created_at
        ) as qualified_at
    from qualified
    where is_qualified
    union all
    select
        *,
        cast(null as {{ dbt.type_timestamp() }}) as qualified_at
    from qualified
    where not is_qualified

)

select * from dated
