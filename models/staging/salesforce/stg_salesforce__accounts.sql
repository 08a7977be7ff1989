with accounts as (

    select * from {{ source('salesforce', 'account') }}

),

renamed as (

    select
        -- ids
        id as account_id,

        -- strings
        name as account_name,
        case
            when lower(customer_type__c) in ('wholesale', 'retail')
                then lower(customer_type__c)
        end as customer_type,
        industry,

        -- timestamps
        {{ utc_timestamp('created_date') }} as created_at,
        {{ utc_timestamp('system_modstamp') }} as updated_at

    from accounts
    where not coalesce(is_deleted, false) and _deleted_at is null

)

select * from renamed
