{# The combination of identifiers that earlier builds have seen, no later than now. #}
{% macro built_observation(observed) -%}
    select 1
    from {{ this }} as built
    where
        {% for column in [
            'anonymous_id', 'user_id', 'previous_user_id', 'email', 'merged_json'
        ] %}
            coalesce(built.{{ column }}, '') = coalesce({{ observed }}.{{ column }}, '')
            and
        {% endfor %}
        built.first_seen_at <= {{ observed }}.first_seen_at
{%- endmacro %}
