with tickets as (

    select * from {{ source('zendesk', 'tickets') }}

),

renamed as (

    select
        -- ids
        cast(id as {{ dbt.type_string() }}) as ticket_id,
        cast(requester_id as {{ dbt.type_string() }}) as requester_id,

        -- strings
        subject,
        {{ json_text('via', 'channel') }} as channel_name,
        priority,
        status as ticket_status,
        -- the other scores say whether a rating was asked for
        case
            when {{ json_text('satisfaction_rating', 'score') }} in ('good', 'bad')
                then {{ json_text('satisfaction_rating', 'score') }}
        end as satisfaction_score,

        -- timestamps
        {{ utc_timestamp('created_at') }} as created_at,
        {{ utc_timestamp('updated_at') }} as updated_at

    from tickets
    where status <> 'deleted'

)

select * from renamed
