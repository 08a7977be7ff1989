with changes as (

    select * from {{ ref('stg_salesforce__opportunity_stages') }}

),

opportunities as (

    select * from {{ ref('stg_salesforce__opportunities') }}

),

compared as (

    select
        *,
        lag(stage_name) over (
            partition by opportunity_id
            order by changed_at, opportunity_stage_id
        ) as previous_stage_name
    from changes

),

-- a change of amount or date alone is no new stage
entered as (

    select
        *,
        lead(changed_at) over (
            partition by opportunity_id
            order by changed_at, opportunity_stage_id
        ) as left_at
    from compared
    where stage_name <> coalesce(previous_stage_name, '')

),

described as (

    select
        -- ids
        entered.opportunity_stage_id,
        entered.opportunity_id,
        opportunities.account_id,

        -- strings
        entered.stage_name,
        entered.previous_stage_name,

        -- numbers
        entered.opportunity_amount,
        cast(
            {{ dbt.datediff('entered.changed_at', 'entered.left_at', 'day') }}
            as bigint
        ) as stage_days,

        -- booleans
        entered.left_at is null as is_current,

        -- timestamps
        entered.changed_at as entered_at,
        entered.left_at
    from entered
    inner join opportunities on entered.opportunity_id = opportunities.opportunity_id

)

select * from described
