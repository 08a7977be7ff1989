with leads as (

    select * from {{ ref('int_leads_combined') }}
    where customer_id is not null

),

opportunities as (

    select * from {{ ref('int_opportunities_combined') }}

),

opportunity_customers as (

    select * from {{ ref('int_opportunity_customers_resolved') }}

),

stages as (

    select * from {{ ref('int_opportunity_stages_entered') }}

),

moments as (

    select
        opportunity_id,
        opportunity_id as moment_id,
        crm_name,
        'opportunity opened' as touch_name,
        opened_at as occurred_at
    from opportunities
    union all
    select
        stages.opportunity_id,
        stages.opportunity_stage_id as moment_id,
        stages.crm_name,
        case
            when stages.left_at is not null or not opportunities.is_closed
                then 'opportunity stage changed'
            when opportunities.is_won then 'opportunity won'
            else 'opportunity lost'
        end as touch_name,
        stages.entered_at as occurred_at
    from stages
    inner join opportunities on stages.opportunity_id = opportunities.opportunity_id
    -- the first stage is the opening itself, unless it is the end as well
    where
        stages.previous_stage_name is not null
        or (opportunities.is_closed and stages.left_at is null)

),

touches as (

    select
        crm_name || '_' || lead_id as touch_id,
        customer_id,
        'lead created' as touch_name,
        created_at as occurred_at
    from leads
    union all
    select
        moments.crm_name || '_' || moments.moment_id
        -- a deal may be with several people
        || case
            when moments.crm_name = 'hubspot'
                then '_' || opportunity_customers.person_id
            else ''
        end as touch_id,
        opportunity_customers.customer_id,
        moments.touch_name,
        moments.occurred_at
    from moments
    inner join opportunity_customers
        on moments.opportunity_id = opportunity_customers.opportunity_id

)

select
    touch_id,
    customer_id,
    'sales' as touch_type,
    touch_name,
    'sales' as channel_name,
    occurred_at
from touches
