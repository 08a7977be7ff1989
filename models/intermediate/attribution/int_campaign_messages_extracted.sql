with campaigns as (

    select
        campaign_id,
        messages_json
    from {{ ref('stg_klaviyo__campaigns') }}

),

opened as (

    {{
        json_records(
            relation='campaigns',
            keep=['campaign_id'],
            column='messages_json',
            path='data',
            fields=['id'],
        )
    }}

),

extracted as (

    select
        id as message_id,
        campaign_id
    from opened

)

select * from extracted
