with campaigns as (

    select * from {{ ref('stg_klaviyo__campaigns') }}

),

messages as (

    select * from {{ ref('int_campaign_messages_extracted') }}

),

email_events as (

    select * from {{ ref('email_events') }}

),

orders as (

    select * from {{ ref('int_orders_credited_to_emails') }}

),

readers as (

    select
        messages.campaign_id,
        {% for name, metric in {
            'received': 'Received Email',
            'opened': 'Opened Email',
            'clicked': 'Clicked Email',
            'unsubscribed': 'Unsubscribed from Email Marketing',
        }.items() %}
            count(distinct case
                when email_events.metric_name = '{{ metric }}'
                    then email_events.profile_id
            end) as {{ name }}_count
            {%- if not loop.last %},{% endif %}
        {% endfor %}
    from email_events
    inner join messages on email_events.message_id = messages.message_id
    group by messages.campaign_id

),

credited as (

    select
        messages.campaign_id,
        count(*) as order_count,
        sum(orders.order_amount) as order_amount,
        min(orders.currency_code) as currency_code,
        count(distinct orders.currency_code) as currency_count
    from orders
    inner join messages on orders.message_id = messages.message_id
    group by messages.campaign_id

),

combined as (

    select
        -- ids
        campaigns.campaign_id,

        -- strings
        campaigns.campaign_name,
        campaigns.subject,
        campaigns.campaign_status,
        case
            when credited.currency_count = 1 then credited.currency_code
        end as currency_code,

        -- numbers
        coalesce(readers.received_count, 0) as received_count,
        coalesce(readers.opened_count, 0) as opened_count,
        coalesce(readers.clicked_count, 0) as clicked_count,
        coalesce(readers.unsubscribed_count, 0) as unsubscribed_count,
        coalesce(credited.order_count, 0) as order_count,
        cast(
            case when credited.currency_count = 1 then credited.order_amount end
            as decimal(18, 2)
        ) as order_amount,

        -- timestamps
        campaigns.sent_at
    from campaigns
    left join readers on campaigns.campaign_id = readers.campaign_id
    left join credited on campaigns.campaign_id = credited.campaign_id

)

select * from combined
