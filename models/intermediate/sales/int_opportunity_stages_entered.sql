with opportunities as (

    select * from {{ ref('int_opportunities_combined') }}

),

opportunity_stages as (

    select * from {{ ref('stg_salesforce__opportunity_stages') }}

),

deal_stages as (

    select * from {{ ref('stg_hubspot__deal_stages') }}

),

-- loaded before its history was: all that is known is where it stands
undated_deals as (

    select opportunities.*
    from opportunities
    left join deal_stages on opportunities.opportunity_id = deal_stages.deal_id
    where opportunities.crm_name = 'hubspot' and deal_stages.deal_id is null

),

changes as (

    select
        opportunity_stage_id,
        opportunity_id,
        stage_name,
        opportunity_amount,
        changed_at
    from opportunity_stages
    union all
    select
        deal_stages.deal_stage_id as opportunity_stage_id,
        deal_stages.deal_id as opportunity_id,
        deal_stages.stage_name,
        opportunities.opportunity_amount,
        deal_stages.changed_at
    from deal_stages
    inner join opportunities on deal_stages.deal_id = opportunities.opportunity_id
    union all
    select
        opportunity_id || '_' || stage_name as opportunity_stage_id,
        opportunity_id,
        stage_name,
        opportunity_amount,
        case when is_closed then coalesce(closed_at, opened_at) else opened_at end
            as changed_at
    from undated_deals

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

)

select
    entered.opportunity_stage_id,
    entered.opportunity_id,
    opportunities.crm_name,
    opportunities.account_id,
    entered.stage_name,
    entered.previous_stage_name,
    entered.opportunity_amount,
    entered.changed_at as entered_at,
    entered.left_at
from entered
inner join opportunities on entered.opportunity_id = opportunities.opportunity_id
