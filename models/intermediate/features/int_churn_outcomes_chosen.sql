{{ config(materialized='view') }}

{% if var('churn_definition') == 'lapse' %}
    {% set outcomes = 'int_buyers_lapsed' %}
{% else %}
    {% set outcomes = 'int_subscribers_cancelled' %}
{% endif %}

select
    customer_id,
    snapshot_at,
    horizon_ends_at,
    has_left
from {{ ref(outcomes) }}
