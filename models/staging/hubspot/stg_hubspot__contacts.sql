{# What our own sync writes beside the standard properties (such as lifetime_value) is
   not read: it is no news. #}
with contacts as (

    select * from {{ source('hubspot', 'contacts') }}

),

renamed as (

    select
        -- ids
        id as contact_id,
        associatedcompanyid as company_id,
        nullif(trim(salesforceleadid), '') as salesforce_lead_id,
        nullif(trim(salesforcecontactid), '') as salesforce_contact_id,

        -- strings
        {{ normalised_email('email') }} as email,
        nullif(trim(firstname), '') as first_name,
        nullif(trim(lastname), '') as last_name,
        nullif(trim(phone), '') as phone,
        nullif(trim(company), '') as company_name,
        nullif(trim(jobtitle), '') as job_title,
        nullif(trim(city), '') as city,
        nullif(trim(country), '') as country_name,
        lifecyclestage as lifecycle_stage,
        nullif(hs_lead_status, '') as lead_status,
        hs_analytics_source as original_source,
        company_ids as company_ids_json,

        -- timestamps
        {% for stage, name in [
            ('lead', 'lead'),
            ('marketingqualifiedlead', 'marketing_qualified'),
            ('salesqualifiedlead', 'sales_qualified'),
            ('opportunity', 'opportunity'),
            ('customer', 'customer'),
        ] %}
            {{ utc_timestamp('hs_lifecyclestage_' ~ stage ~ '_date') }}
                as became_{{ name }}_at,
        {% endfor %}
        {{ utc_timestamp('created_at') }} as created_at,
        {{ utc_timestamp('updated_at') }} as updated_at

    from contacts
    where not coalesce(archived, false) and _deleted_at is null

)

select * from renamed
