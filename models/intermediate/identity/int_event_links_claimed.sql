{{ config(materialized='incremental', incremental_strategy='append') }}

with observed as (

    select * from {{ ref('int_event_identifiers_observed') }}
    {% if is_incremental() %}
        where changed_at > {{ newest('changed_at') }}
    {% endif %}

),

without_login as (

    select * from observed
    where user_id is null or ({{ names_nobody("'user_id'", 'user_id') }})

),

claims as (

    {{ claimed_link('observed', 'events', 'anonymous_id') }}
    union all
    {{ claimed_link('observed', 'events', 'user_id') }}
    union all
    {{ claimed_link('observed', 'events', 'email') }}
    union all
    {{ claimed_link('observed', 'events', 'anonymous_id', 'user_id') }}
    union all
    {{ claimed_link('observed', 'events', 'user_id', 'email') }}
    union all
    {{ claimed_link('without_login', 'events', 'anonymous_id', 'email') }}

),

stamped as (

    select
        claims.*,
        {{ build_moment() }} as changed_at
    from claims

)

select * from stamped
