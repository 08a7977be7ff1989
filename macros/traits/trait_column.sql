{# The column in which the records of a source have a trait; null where they have none. What
   our own syncs write and nobody else does (Klaviyo's location and properties, HubSpot's
   own properties) is left out: it is no news. #}
{% macro trait_column(source_name, trait_name) -%}
    {%- set named = {
        'email': 'email', 'first_name': 'first_name', 'last_name': 'last_name'
    } -%}
    {%- set reached = dict(named, phone='phone', city='city') -%}
    {%- set addressed = dict(reached, street='street', postal_code='postal_code') -%}
    {%- set country = country_code_of('country_name') -%}
    {%- set columns = {
        'payments': {
            'email': 'email', 'phone': 'phone', 'street': 'street',
            'postal_code': 'postal_code', 'city': 'city',
            'country_code': 'country_code',
        },
        'card_holder': {'first_name': 'first_name', 'last_name': 'last_name'},
        'crm': dict(
            addressed, company_name='company_name', country_code=country,
            company_size='employee_count'
        ),
        'crm_account': {
            'company_name': 'company_name', 'customer_type': 'customer_type',
            'industry': 'industry',
        },
        'support': dict(named, phone='phone'),
        'email_platform': dict(
            named, phone='phone', company_name='company_name', job_title='job_title',
            locale_code='locale_code'
        ),
        'marketing': dict(
            reached, company_name='company_name', country_code=country,
            job_title='job_title', lifecycle_stage='lifecycle_stage',
            contact_status='lead_status'
        ),
        'marketing_company': {'company_name': 'company_name', 'industry': 'industry'},
        'shop': dict(
            addressed, country_code='country_code', shop_account_state='account_state',
            shop_tags='customer_tags'
        ),
        'guest': {'email': 'email'},
        'user_table': dict(
            addressed, company_name='company_name', country_code='country_code',
            customer_type='customer_type'
        ),
    } -%}
    {{ columns[source_name].get(trait_name, 'null') }}
{%- endmacro %}
