{% if var('churn_definition') == 'lapse' %}
    {% set population = 'int_buyers_snapshotted' %}
{% else %}
    {% set population = 'int_subscribers_snapshotted' %}
{% endif %}

select
    customer_id,
    snapshot_at,
    subscribed_at,
    monthly_amount
from {{ ref(population) }}
