{% if var('churn_definition') == 'lapse' %}
    {% set outcomes = 'int_buyers_lapsed' %}
{% else %}
    {% set outcomes = 'int_subscribers_cancelled' %}
{% endif %}

with observed as (

    select
        *,
        horizon_ends_at <= {{ as_of() }} as label_known
    from {{ ref(outcomes) }}

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
