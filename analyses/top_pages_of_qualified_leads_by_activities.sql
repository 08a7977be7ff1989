-- What are the top page views of qualified leads who have made more than five purchases
-- in the last year? (G-15) Asked of the stream of activities.
with page_views as (

    {{
        activity_join(
            stream=ref('activities'),
            primary={'activity': 'page_viewed'},
            appended=[
                {
                    'activity': 'order_completed',
                    'relation': 'aggregate_ever',
                    'where': is_within_last('appended.occurred_at', 365),
                    'columns': {'order_count': 'count(appended.activity_id)'},
                },
            ],
        )
    }}

),

qualified_leads as (

    select distinct customer_id
    from {{ ref('leads') }}
    where is_qualified

)

select
    page_views.activity_detail as page_path,
    count(*) as page_view_count,
    count(distinct page_views.customer_id) as customer_count
from page_views
inner join qualified_leads on page_views.customer_id = qualified_leads.customer_id
where page_views.order_count > 5
group by page_views.activity_detail
order by page_view_count desc, page_path asc
