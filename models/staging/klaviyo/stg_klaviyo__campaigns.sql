with campaigns as (

    select * from {{ source('klaviyo', 'campaigns') }}

),

renamed as (

    select
        -- ids
        id as campaign_id,

        -- strings
        name as campaign_name,
        subject,
        status as campaign_status,
        messages as messages_json,

        -- booleans
        coalesce(archived, false) as is_archived,

        -- timestamps
        {{ utc_timestamp('created_at') }} as created_at,
        {{ utc_timestamp('scheduled_at') }} as scheduled_at,
        {{ utc_timestamp('send_time') }} as sent_at,
        {{ utc_timestamp('updated_at') }} as updated_at

    from campaigns
    where _deleted_at is null

)

select * from renamed
