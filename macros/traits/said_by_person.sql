{# What identify says of a trait, by its name here or by that of the standard spec. Where
   somebody stands with sales and with email (int_standings_combined) is nobody's own word.
   Codes are written one way, and what is none says nothing, as with the tools' records. #}
{% macro said_by_person(trait_name) -%}
    {%- set spec_names = {
        'first_name': ['firstName'],
        'last_name': ['lastName'],
        'birth_date': ['birthday'],
        'city': ['address.city'],
        'street': ['address.street'],
        'postal_code': ['address.postalCode'],
        'company_name': ['company.name'],
        'company_size': ['company.employee_count'],
        'locale_code': ['locale'],
        'industry': ['company.industry'],
        'job_title': ['title'],
    } -%}
    {%- if trait_name in ['lead_status', 'lead_source', 'is_email_subscriber'] -%}
        cast(null as {{ trait_type(trait_name) }})
    {%- else -%}
        {%- set said = [] -%}
        {%- for path in [trait_name] + spec_names.get(trait_name, []) -%}
            {%- do said.append(json_text('traits_json', path)) -%}
        {%- endfor -%}
        {%- set value = 'coalesce(' ~ said | join(', ') ~ ')' if said[1:] else said[0] -%}
        {%- if trait_name == 'country_code' -%}
            {{ country_code_of(value) }}
        {%- elif trait_name == 'customer_type' -%}
            case when lower({{ value }}) in ('wholesale', 'retail') then lower({{ value }}) end
        {%- else -%}
            {{ value }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
