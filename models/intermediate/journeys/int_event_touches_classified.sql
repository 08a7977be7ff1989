with events as (

    select * from {{ ref('int_events_resolved') }}
    where customer_id is not null

),

classified as (

    select
        event_id as touch_id,
        customer_id,
        case
            when event_type in ('page', 'screen') then 'page_view'
            when event_name in ('product_added', 'cart_viewed', 'checkout_started')
                then 'cart'
            when event_name = 'order_completed' then 'purchase'
            when event_name in ('subscription_started', 'subscription_cancelled')
                then 'subscription'
            when
                event_name in (
                    'signed_up', 'newsletter_subscribed', 'wholesale_enquiry_submitted'
                )
                then 'sign_up'
        end as touch_type,
        case
            when event_type in ('page', 'screen') then page_path
            else event_name
        end as touch_name,
        coalesce(campaign_medium, source_id) as channel_name,
        occurred_at
    from events

),

touches as (

    select * from classified
    where touch_type is not null

)

select * from touches
