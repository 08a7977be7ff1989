with stages as (

    select * from {{ ref('int_opportunity_stages_entered') }}

),

described as (

    select
        -- ids
        opportunity_stage_id,
        opportunity_id,
        account_id,

        -- strings
        crm_name,
        stage_name,
        previous_stage_name,

        -- numbers
        opportunity_amount,
        cast(
            {{ dbt.datediff('entered_at', 'left_at', 'day') }}
            as bigint
        ) as stage_days,

        -- booleans
        left_at is null as is_current,

        -- timestamps
        entered_at,
        left_at
    from stages

)

select * from described
