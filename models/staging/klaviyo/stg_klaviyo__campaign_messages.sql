with campaigns as (

    select
        id as campaign_id,
        messages
    from {{ source('klaviyo', 'campaigns') }}

),

opened as (

    {{
        json_records(
            relation='campaigns',
            keep=['campaign_id'],
            column='messages',
            path='data',
            fields=['id', 'subject'],
        )
    }}

),

renamed as (

    select
        -- ids
        id as message_id,
        campaign_id,

        -- strings
        subject

    from opened

)

select * from renamed
