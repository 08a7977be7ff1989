{# The most steps that a funnel of seeds/funnels.csv may have. #}
{% macro funnel_step_limit() -%}
    {{ return(8) }}
{%- endmacro %}
