with activities as (

    select * from {{ ref('int_event_activities_extracted') }}

),

classified as (

    select
        *,
        case
            when activity_name = 'page_viewed' then 'page_view'
            when activity_name in ('product_added', 'cart_viewed', 'checkout_started')
                then 'cart'
            when activity_name = 'order_completed' then 'purchase'
            when activity_name in ('subscription_started', 'subscription_cancelled')
                then 'subscription'
            when
                activity_name in (
                    'signed_up', 'newsletter_subscribed', 'wholesale_enquiry_submitted'
                )
                then 'sign_up'
            when email_metric_name is not null then 'email'
            when activity_name = 'sales_call_completed' then 'sales_call'
            when activity_name = 'sales_meeting_held' then 'sales'
            -- tickets of Zendesk are loaded, and what the site reports becomes one
            when activity_name = 'support_contacted' and tool_name <> 'zendesk'
                then 'ticket'
        end as touch_type
    from activities

),

touches as (

    select
        activity_id as touch_id,
        customer_id,
        touch_type,
        case touch_type
            when 'page_view' then activity_detail
            when 'email' then email_metric_name
            else activity_name
        end as touch_name,
        case touch_type
            when 'email' then 'email'
            when 'sales' then 'sales'
            when 'sales_call' then 'phone'
            else channel_name
        end as channel_name,
        occurred_at
    from classified
    where touch_type is not null

)

select * from touches
