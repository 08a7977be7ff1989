{# ml writes these tables; empty ones let the models that read them build before
   anything has been scored. ml creates them with the same columns. #}
{% macro create_prediction_tables() %}
    {% if not is_build() %}
        {{ return('') }}
    {% endif %}
    {% set tables = {
        'churn': [
            'customer_id varchar', 'churn_probability double', 'churn_band varchar',
            'likelihood_to_churn boolean', 'model_version varchar',
            'scored_at timestamp',
        ],
        'recommendations': [
            'customer_id varchar', 'product_id varchar', 'rank integer',
            'score double', 'model_version varchar', 'scored_at timestamp',
        ],
        'churn_evaluations': [
            'model_version varchar', 'model_name varchar', 'auc double',
            'row_count bigint', 'churned_count bigint', 'trained_until timestamp',
            'evaluated_until timestamp', 'evaluated_at timestamp',
            'average_precision double', 'brier_score double',
            'top_decile_lift double', 'is_selected boolean',
        ],
        'attribution_weights': [
            'attribution_model varchar', 'conversion_type varchar',
            'channel_path varchar', 'channel varchar', 'weight double',
            'model_version varchar', 'scored_at timestamp',
        ],
        'probable_links': [
            'left_type varchar', 'left_value varchar', 'right_type varchar',
            'right_value varchar', 'match_probability double', 'match_weight double',
            'agreement varchar', 'refusal_reason varchar',
            'refusal_explanation varchar', 'model_version varchar',
            'scored_at timestamp',
        ],
    } %}
    {% do run_query('create schema if not exists predictions') %}
    {% for name, columns in tables.items() %}
        {% do run_query(
            'create table if not exists predictions.' ~ name
            ~ ' (' ~ columns | join(', ') ~ ')'
        ) %}
    {% endfor %}
{% endmacro %}
