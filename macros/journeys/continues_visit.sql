{# Whether an event belongs to the visit of the one before it on its device: silence of
   session_inactivity_minutes ends a visit. Not of a device's first event, which has none
   before it. Takes occurred_at and previous_occurred_at of the relation. #}
{% macro continues_visit() -%}
    occurred_at < {{
        dbt.dateadd(
            'minute', var('session_inactivity_minutes'), 'previous_occurred_at'
        )
    }}
{%- endmacro %}
