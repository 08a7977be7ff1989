-- Every event that was accepted is in the deduplicated events once, and every page or
-- screen in page_views.
with landed as (

    select
        count(distinct event_id) as event_count,
        count(distinct case when event_type in ('page', 'screen') then event_id end)
            as page_count
    from {{ ref('stg_events__events') }}

),

kept as (

    select
        (select count(*) from {{ ref('int_events_deduplicated') }}) as event_count,
        (select count(*) from {{ ref('page_views') }}) as page_count

)

select
    landed.event_count as landed_event_count,
    kept.event_count as kept_event_count,
    landed.page_count as landed_page_count,
    kept.page_count as kept_page_count
from landed
cross join kept
where
    landed.event_count <> kept.event_count
    or landed.page_count <> kept.page_count
