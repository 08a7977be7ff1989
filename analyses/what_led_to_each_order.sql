-- What led to each order: the last click on an ad and the last email clicked before it,
-- pages seen until then, and the first ticket that followed.
{{
    activity_join(
        stream=ref('activities'),
        primary={'activity': 'order_completed'},
        appended=[
            {
                'activity': 'ad_clicked',
                'relation': 'last_before',
                'columns': {
                    'last_campaign_name': 'appended.activity_detail',
                    'last_ad_clicked_at': 'appended.occurred_at',
                },
            },
            {
                'activity': 'clicked_email',
                'relation': 'last_before',
                'columns': {'last_email_clicked_at': 'appended.occurred_at'},
            },
            {
                'activity': 'page_viewed',
                'relation': 'aggregate_before',
                'columns': {'page_view_count': 'count(appended.activity_id)'},
            },
            {
                'activity': 'ticket_opened',
                'relation': 'first_in_between',
                'columns': {'ticket_opened_at': 'appended.occurred_at'},
            },
        ],
    )
}}
order by primaries.occurred_at desc
