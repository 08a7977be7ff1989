with leads as (

    select * from {{ ref('leads') }}
    where customer_id is not null

),

aggregated as (

    select
        customer_id,
        max(case when is_qualified then 1 else 0 end) = 1 as is_qualified_lead,
        min(case when customer_type = 'wholesale' then account_created_at end)
            as wholesale_since,
        max(case when account_id is not null then 1 else 0 end) = 1 as has_account,
        min(created_at) as first_lead_at
    from leads
    group by customer_id

)

select * from aggregated
