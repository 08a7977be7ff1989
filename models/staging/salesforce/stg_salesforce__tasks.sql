with tasks as (

    select * from {{ source('salesforce', 'task') }}

),

renamed as (

    select
        -- ids
        id as task_id,
        who_id,
        what_id,
        account_id,

        -- strings
        subject,
        status as task_status,
        lower(task_subtype) as task_type,
        lower(call_type) as call_direction,
        call_disposition as call_result,

        -- numbers
        call_duration_in_seconds as call_seconds,

        -- booleans
        coalesce(task_subtype = 'Call', false) as is_call,
        coalesce(is_closed, false) as is_closed,

        -- dates
        activity_date as due_date,

        -- timestamps
        {{ utc_timestamp('completed_date_time') }} as completed_at,
        {{ utc_timestamp('created_date') }} as created_at,
        {{ utc_timestamp('system_modstamp') }} as updated_at

    from tasks
    where not coalesce(is_deleted, false) and _deleted_at is null

)

select * from renamed
