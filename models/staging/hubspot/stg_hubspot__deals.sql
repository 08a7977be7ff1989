with deals as (

    select * from {{ source('hubspot', 'deals') }}

),

renamed as (

    select
        -- ids
        id as deal_id,
        hs_primary_associated_company as company_id,
        nullif(trim(hs_salesforceopportunityid), '') as salesforce_opportunity_id,

        -- strings
        nullif(trim(dealname), '') as deal_name,
        dealstage as stage_name,
        pipeline as pipeline_name,
        dealtype as deal_type,
        upper(deal_currency_code) as currency_code,
        company_ids as company_ids_json,
        contact_ids as contact_ids_json,

        -- numbers
        cast(amount as decimal(18, 2)) as deal_amount,

        -- booleans
        coalesce(hs_is_closed, false) as is_closed,
        coalesce(hs_is_closed_won, false) as is_won,

        -- timestamps
        {{ utc_timestamp('closedate') }} as closed_at,
        {{ utc_timestamp('created_at') }} as created_at,
        {{ utc_timestamp('updated_at') }} as updated_at

    from deals
    where not coalesce(archived, false) and _deleted_at is null

)

select * from renamed
