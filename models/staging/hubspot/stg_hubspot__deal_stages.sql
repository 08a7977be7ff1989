with deals as (

    select
        id as deal_id,
        dealstage_history
    from {{ source('hubspot', 'deals') }}
    where not coalesce(archived, false) and _deleted_at is null

),

changes as (

    {{
        json_records(
            'deals', ['deal_id'], 'dealstage_history', '', ['value', 'timestamp']
        )
    }}

),

renamed as (

    select distinct
        -- ids
        deal_id || '_' || value || '_' || timestamp as deal_stage_id,
        deal_id,

        -- strings
        value as stage_name,

        -- timestamps
        {{ utc_timestamp('timestamp') }} as changed_at

    from changes
    where value is not null

)

select * from renamed
