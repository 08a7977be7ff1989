with changes as (

    select * from {{ source('salesforce', 'opportunity_history') }}

),

renamed as (

    select
        -- ids
        id as opportunity_stage_id,
        opportunity_id,

        -- strings
        stage_name,

        -- numbers
        cast(amount as decimal(18, 2)) as opportunity_amount,
        cast(probability / 100.0 as decimal(5, 4)) as win_probability,

        -- dates
        close_date,

        -- timestamps
        {{ utc_timestamp('created_date') }} as changed_at

    from changes
    where not coalesce(is_deleted, false) and _deleted_at is null

)

select * from renamed
