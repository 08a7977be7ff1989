{# The address that an event says is the person's; null where it says none. The traits of
   a group are those of a company. #}
{% macro event_email() -%}
    {{
        normalised_email(
            "coalesce(case when event_type <> 'group' then "
            ~ json_text('traits_json', 'email') ~ " end, "
            ~ json_text('context_json', 'traits.email') ~ ")"
        )
    }}
{%- endmacro %}
