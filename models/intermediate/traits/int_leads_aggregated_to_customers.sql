with leads as (

    select
        *,
        row_number() over (
            partition by customer_id
            order by updated_at desc, lead_id asc
        ) as newest_number
    from {{ ref('leads') }}
    where customer_id is not null

),

aggregated as (

    select
        customer_id,
        -- all leads of a customer are of one tool; HubSpot's are trusted like HubSpot
        max(case crm_name when 'hubspot' then 'marketing' else 'crm' end)
            as lead_told_by,
        max(case crm_name when 'hubspot' then 'marketing' else 'crm_account' end)
            as account_told_by,
        max(case when newest_number = 1 then lead_status end) as lead_status,
        max(account_name) as account_name,
        max(case when is_qualified then 1 else 0 end) = 1 as is_qualified_lead,
        min(case when customer_type = 'wholesale' then account_created_at end)
            as wholesale_since,
        max(case when account_id is not null then 1 else 0 end) = 1 as has_account,
        min(created_at) as first_lead_at,
        max(updated_at) as last_updated_at
    from leads
    group by customer_id

)

select * from aggregated
