{%- set named = ['email', 'first_name', 'last_name'] -%}
{%- set reached = named + ['phone', 'city'] -%}
{%- set addressed = reached + ['street', 'postal_code'] -%}
{%- set all_names = addressed + ['company_name', 'country_code', 'customer_type'] -%}
{%- set records = [
    [
        'payments', ref('stg_stripe__customers'), 'payments_customer_id',
        ['email', 'city', 'country_code'],
    ],
    ['crm', 'leads', 'lead_id', addressed + ['company_name']],
    ['crm_account', 'lead_accounts', 'lead_id', ['company_name', 'customer_type']],
    ['support', ref('stg_zendesk__users'), 'support_requester_id', ['email']],
    ['email_platform', ref('stg_klaviyo__profiles'), 'email_profile_id', named],
    [
        'marketing', ref('stg_hubspot__contacts'), 'marketing_contact_id',
        reached + ['company_name'],
    ],
    [
        'shop', ref('stg_shopify__customers'), 'shop_customer_id',
        addressed + ['country_code'],
    ],
    ['shop', 'guests', 'email', ['email']],
    ['user_table', ref('stg_accounts__users'), 'user_id', all_names],
] -%}
{# what is called otherwise than elsewhere, by the kind of identifier #}
{%- set own_names = {
    'support_requester_id': 'requester_id',
    'email_profile_id': 'profile_id',
    'marketing_contact_id': 'contact_id',
} -%}
{%- set clocks = {'payments_customer_id': 'created_at', 'email': 'first_seen_at'} -%}
with leads as (

    select * from {{ ref('stg_salesforce__leads') }}

),

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

lead_accounts as (

    select
        leads.lead_id,
        accounts.account_name as company_name,
        accounts.customer_type,
        accounts.updated_at
    from leads
    inner join accounts on leads.converted_account_id = accounts.account_id

),

guests as (

    select * from {{ ref('int_shoppers_combined') }}
    where is_guest and email is not null

),

records as (

    {% for source, relation, identifier_type, stated in records %}
        select
            '{{ source }}' as source_name,
            '{{ identifier_type }}' as identifier_type,
            {{ own_names.get(identifier_type, identifier_type) }} as identifier_value,
            {% for name in all_names %}
                {% if name in stated %} {{ name }},
                {% else %} cast(null as {{ dbt.type_string() }}) as {{ name }},
                {% endif %}
            {% endfor %}
            {{ clocks.get(identifier_type, 'updated_at') }} as stated_at
        from {{ relation }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

)

select * from records
