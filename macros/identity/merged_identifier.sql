{#
    The value of one type among the first two pairs of a merge call; null for any other
    event. A merge says that both name one person.
#}
{% macro merged_identifier(type, other_name) -%}
    case
        {% for place in (0, 1) -%}
        when
            event_type = 'merge'
            and {{ json_text('properties_json', 'merge_properties[' ~ place ~ '].type') }}
            in ('{{ type }}', '{{ other_name }}')
            then {{ json_text('properties_json', 'merge_properties[' ~ place ~ '].value') }}
        {% endfor -%}
    end
{%- endmacro %}
