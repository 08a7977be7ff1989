{# What each sync delivered last of the traits that it maps, as a select: a row per
   record, trait and field. Which column travels to which field is read from the
   exposures whose key is the customer. relation: stg_ledger__records. #}
{% macro synced_traits(relation, trait_names) %}
    {% set found = [] %}
    {% if execute and graph.exposures %}
        {% for exposure in graph.exposures.values() | sort(attribute='name') %}
            {% set sync = (exposure.config.meta or {}).get('sync', {}) %}
            {% if sync.get('key') == 'customer_id' %}
                {% for field, rule in sync.get('mapping', {}).items() %}
                    {% set column = rule if rule is string else rule.get('column') %}
                    {% if column in trait_names %}
                        {% do found.append(synced_trait(
                            relation, column, exposure.name, sync['destination'], field
                        )) %}
                    {% endif %}
                {% endfor %}
            {% endif %}
        {% endfor %}
    {% endif %}
    {% if not found %}
        {% do found.append(synced_trait(relation, '', '', '', '')) %}
    {% endif %}
    {{ found | join(' union all ') }}
{% endmacro %}

{# What one sync delivered last of one trait, as a select. #}
{% macro synced_trait(relation, trait_name, sync_name, destination, field) %}
    select
        record_key as customer_id,
        '{{ trait_name }}' as trait_name,
        sync_name,
        '{{ destination }}' as destination_name,
        '{{ field }}' as destination_field_name,
        {{ json_field('fields_json', field) }} as delivered_value,
        delivered_at
    from {{ relation }}
    where sync_name = '{{ sync_name }}'
{% endmacro %}
