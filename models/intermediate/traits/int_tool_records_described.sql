{# who says so, where, and by which kind of identifier; guests say it to the shop #}
{%- set records = [
    ['payments', ref('stg_stripe__customers'), 'payments_customer_id'],
    ['card_holder', ref('stg_stripe__customers'), 'payments_customer_id'],
    ['crm', 'leads', 'lead_id'],
    ['crm_account', 'lead_accounts', 'lead_id'],
    ['support', ref('stg_zendesk__users'), 'support_requester_id'],
    ['email_platform', ref('stg_klaviyo__profiles'), 'email_profile_id'],
    ['marketing', 'contacts', 'marketing_contact_id'],
    ['marketing_company', 'contact_companies', 'marketing_contact_id'],
    ['shop', ref('stg_shopify__customers'), 'shop_customer_id'],
    ['guest', 'guests', 'email'],
    ['user_table', ref('stg_accounts__users'), 'user_id'],
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
        accounts.industry,
        accounts.updated_at
    from leads
    inner join accounts on leads.converted_account_id = accounts.account_id

),

contacts as (

    select * from {{ ref('stg_hubspot__contacts') }}

),

companies as (

    select * from {{ ref('stg_hubspot__companies') }}

),

contact_companies as (

    select
        contacts.contact_id,
        companies.company_name,
        companies.industry,
        companies.updated_at
    from contacts
    inner join companies on contacts.company_id = companies.company_id

),

guests as (

    select * from {{ ref('int_shoppers_combined') }}
    where is_guest and email is not null

),

records as (

    {% for source, relation, identifier_type in records %}
        select
            '{{ 'shop' if source == 'guest' else source }}' as source_name,
            '{{ identifier_type }}' as identifier_type,
            {{ own_names.get(identifier_type, identifier_type) }} as identifier_value,
            {% for name in var('stated_traits') %}
                cast({{ trait_column(source, name) }} as {{ trait_type(name) }})
                    as {{ name }},
            {% endfor %}
            {{ clocks.get(identifier_type, 'updated_at') }} as stated_at
        from {{ relation }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

)

select * from records
