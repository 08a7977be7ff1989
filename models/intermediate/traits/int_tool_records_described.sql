{%- set named = ['email', 'first_name', 'last_name'] -%}
{%- set reached = named + ['phone', 'city'] -%}
{%- set addressed = reached + ['street', 'postal_code'] -%}
{%- set all_names = addressed + ['company_name', 'country_code', 'customer_type'] -%}
{%- set records = [
    ['payments', 'payments', 'payments_customer_id', ['email', 'city', 'country_code']],
    ['crm', 'leads', 'lead_id', addressed + ['company_name']],
    ['crm_account', 'lead_accounts', 'lead_id', ['company_name', 'customer_type']],
    ['support', 'requesters', 'support_requester_id', ['email']],
    ['email_platform', 'profiles', 'email_profile_id', named],
    ['marketing', 'contacts', 'marketing_contact_id', reached + ['company_name']],
    ['shop', 'shoppers', 'shop_customer_id', addressed + ['country_code']],
    ['user_table', 'users', 'user_id', all_names],
] -%}
{%- set own_names = {
    'requesters': 'requester_id', 'profiles': 'profile_id', 'contacts': 'contact_id',
} -%}
with payments as (

    select * from {{ ref('stg_stripe__customers') }}

),

leads as (

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

requesters as (

    select * from {{ ref('stg_zendesk__users') }}

),

profiles as (

    select * from {{ ref('stg_klaviyo__profiles') }}

),

contacts as (

    select * from {{ ref('stg_hubspot__contacts') }}

),

shoppers as (

    select * from {{ ref('stg_shopify__customers') }}

),

users as (

    select * from {{ ref('stg_accounts__users') }}

),

records as (

    {% for source, relation, identifier_type, stated in records %}
        select
            '{{ source }}' as source_name,
            '{{ identifier_type }}' as identifier_type,
            {{ own_names.get(relation, identifier_type) }} as identifier_value,
            {% for name in all_names %}
                {% if name in stated %} {{ name }},
                {% else %} cast(null as {{ dbt.type_string() }}) as {{ name }},
                {% endif %}
            {% endfor %}
            {{ 'created_at' if source == 'payments' else 'updated_at' }} as stated_at
        from {{ relation }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

)

select * from records
