-- No column of churn_features may say that the subscription ended (ML-12): a feature
-- that equals the label makes a model that is perfect in training and useless after.
-- Names are looked at, and values: none may tell churners apart without a mistake.
{% set features = ['purchase_count'] %}
{% if execute and target.name != 'preview' %}
    {% do features.clear() %}
    {% for column in adapter.get_columns_in_relation(ref('churn_features')) %}
        {% if column.name not in ['customer_id', 'snapshot_at'] %}
            {% do features.append(column.name) %}
        {% endif %}
    {% endfor %}
{% endif %}

with features as (

    select * from {{ ref('churn_features') }}

),

labels as (

    select * from {{ ref('churn_labels') }}
    where label_known

),

labelled as (

    select
        features.*,
        labels.is_churned
    from features
    inner join labels
        on
            features.customer_id = labels.customer_id
            and features.snapshot_at = labels.snapshot_at

),

compared as (

    {% for name in features %}
        select
            '{{ name }}' as feature_name,
            count(*) as row_count,
            min(case when is_churned then cast({{ name }} as double) end)
                as lowest_of_churned,
            max(case when is_churned then cast({{ name }} as double) end)
                as highest_of_churned,
            min(case when not is_churned then cast({{ name }} as double) end)
                as lowest_of_stayed,
            max(case when not is_churned then cast({{ name }} as double) end)
                as highest_of_stayed
        from labelled
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

)

select *
from compared
where
    feature_name like '%status%'
    or feature_name like '%cancel%'
    or feature_name like '%churn%'
    or feature_name like '%ended%'
    or (
        row_count >= 100
        and (
            lowest_of_churned > highest_of_stayed
            or highest_of_churned < lowest_of_stayed
        )
    )
