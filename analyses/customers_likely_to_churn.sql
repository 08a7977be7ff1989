-- Who is likely to churn? Those whom the current model marks, most likely first.
-- (ML-14)
select
    customer_id,
    email,
    churn_probability,
    churn_band,
    model_version,
    scored_at
from {{ ref('customers_likely_to_churn') }}
order by churn_probability desc, customer_id asc
