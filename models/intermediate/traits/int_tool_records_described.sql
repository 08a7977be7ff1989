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

records as (

    {% for source, relation, identifier_type, identifier, stated, moment in [
        (
            'payments', 'payments', 'payments_customer_id', 'payments_customer_id',
            ['email', 'country_code'], 'created_at',
        ),
        (
            'crm', 'leads', 'lead_id', 'lead_id',
            ['email', 'first_name', 'last_name', 'company_name'], 'updated_at',
        ),
        (
            'crm_account', 'lead_accounts', 'lead_id', 'lead_id',
            ['company_name', 'customer_type'], 'updated_at',
        ),
        (
            'support', 'requesters', 'support_requester_id', 'requester_id',
            ['email'], 'updated_at',
        ),
        (
            'email_platform', 'profiles', 'email_profile_id', 'profile_id',
            ['email', 'first_name', 'last_name'], 'updated_at',
        ),
        (
            'marketing', 'contacts', 'marketing_contact_id', 'contact_id',
            ['email', 'first_name', 'last_name', 'company_name'], 'updated_at',
        ),
    ] %}
        select
            '{{ source }}' as source_name,
            '{{ identifier_type }}' as identifier_type,
            {{ identifier }} as identifier_value,
            {% for name in [
                'email', 'first_name', 'last_name', 'company_name', 'country_code',
                'customer_type',
            ] %}
                {% if name in stated %} {{ name }},
                {% else %} cast(null as {{ dbt.type_string() }}) as {{ name }},
                {% endif %}
            {% endfor %}
            {{ moment }} as stated_at
        from {{ relation }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

)

select * from records
