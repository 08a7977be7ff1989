with opportunities as (

    select * from {{ source('salesforce', 'opportunity') }}

),

renamed as (

    select
        -- ids
        id as opportunity_id,
        account_id,

        -- strings
        name as opportunity_name,
        stage_name,

        -- numbers
        cast(amount as decimal(18, 2)) as opportunity_amount,

        -- booleans
        coalesce(is_closed, false) as is_closed,
        coalesce(is_won, false) as is_won,

        -- dates
        close_date,

        -- timestamps
        {{ utc_timestamp('created_date') }} as created_at,
        {{ utc_timestamp('system_modstamp') }} as updated_at

    from opportunities
    where not coalesce(is_deleted, false) and _deleted_at is null

)

select * from renamed
