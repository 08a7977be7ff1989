{# What an audience asks of a customer, as SQL over a row of customers: the conditions
   that dbt_project.yml declares for it, all of them. #}
{% macro meets_conditions(audience_name) -%}
    {%- set audiences = var('audiences') -%}
    {%- if audiences is mapping -%}
        ({{ audiences[audience_name].values() | join(') and (') }})
    {%- else -%} true {%- endif -%}
{%- endmacro %}

{# Why somebody is in an audience, in words: all of its conditions. #}
{% macro entered_because(audience_name_column) %}
    {% set audiences = var('audiences') %}
    case
        {% for audience in audiences if audiences is mapping %}
            when {{ audience_name_column }} = '{{ audience }}'
                then '{{ in_quotes(audiences[audience] | join("; ")) }}'
        {% endfor %}
        when {{ audience_name_column }} is not null then 'in the model'
    end
{% endmacro %}

{# Why somebody left an audience, in words: which of its conditions hold no longer.
   customers: the relation with the person's row, all null where there is none. #}
{% macro left_because(audience_name_column, customers) %}
    {% set audiences = var('audiences') %}
    case
        when {{ customers }}.customer_id is null
            then 'is known under another customer_id, or no longer'
        {% for audience in audiences if audiences is mapping %}
            when {{ audience_name_column }} = '{{ audience }}'
                then 'no longer: ' || trim(
                    {% for says, condition in audiences[audience].items() %}
                        case when coalesce({{ condition }}, false) then ''
                            else '{{ in_quotes(says) }}; ' end
                        {% if not loop.last %} || {% endif %}
                    {% endfor %}
                )
        {% endfor %}
        else 'no longer in the model'
    end
{% endmacro %}

{# Words as they stand between the quotes of SQL: who "hasn't bought" has a quote. #}
{% macro in_quotes(words) -%}
    {{ return(words | replace("'", "''")) }}
{%- endmacro %}
