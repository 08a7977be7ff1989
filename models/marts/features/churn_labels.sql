with observed as (

    select
        *,
        horizon_ends_at <= {{ as_of() }} as label_known
    from {{ ref('int_churn_outcomes_chosen') }}

),

labels as (

    select
        -- ids
        customer_id,

        -- booleans
        case when label_known then has_left end as is_churned,
        label_known,

        -- timestamps
        snapshot_at,
        horizon_ends_at
    from observed

)

select * from labels
