-- What holds for a whole funnel is the same in each of its rows, and no step is missing.
select funnel_name
from {{ ref('funnels') }}
group by funnel_name
having
    count(distinct counted_per) > 1
    or count(distinct step_order) > 1
    or count(distinct coalesce(window_minutes, -1)) > 1
    or max(step_number) <> count(*)
