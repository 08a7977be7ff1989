{% set click_ids = [
    'gclid', 'gbraid', 'wbraid', 'msclkid', 'dclid',
    'ttclid', 'twclid', 'li_fat_id', 'rdt_cid', 'ScCid', 'epik', 'fbclid',
] %}

with session_events as (

    select * from {{ ref('int_events_sessionized') }}

),

events as (

    select
        *,
        coalesce(
            {{ json_text('context_json', 'page.search') }},
            {{ json_text('properties_json', 'search') }},
            {{ json_text('context_json', 'page.url') }},
            {{ json_text('properties_json', 'url') }}
        ) as page_query,
        coalesce(
            {{ json_text('context_json', 'page.url') }},
            {{ json_text('properties_json', 'url') }}
        ) as page_url,
        {{ json_text('context_json', 'campaign.content') }} as campaign_content
    from {{ ref('int_events_resolved') }}
    where event_type in ('page', 'screen')

),

pages as (

    select
        events.event_id as arrival_id,
        session_events.session_id,
        events.customer_id,
        lower(
            coalesce(
                events.campaign_source,
                {{ url_parameter('events.page_query', 'utm_source') }}
            )
        ) as campaign_source,
        lower(
            coalesce(
                events.campaign_medium,
                {{ url_parameter('events.page_query', 'utm_medium') }}
            )
        ) as campaign_medium,
        coalesce(
            events.campaign_name,
            {{ url_parameter('events.page_query', 'utm_campaign') }}
        ) as campaign_name,
        coalesce(
            events.campaign_content,
            {{ url_parameter('events.page_query', 'utm_content') }}
        ) as ad_id,
        case
            {% for name in click_ids %}
                when {{ url_parameter('events.page_query', name) }} is not null
                    then '{{ name }}'
            {% endfor %}
        end as click_id_name,
        {{ url_host('events.referrer_url') }} as referrer_host,
        {{ url_host('events.page_url') }} as page_host,
        row_number() over (
            partition by session_events.session_id
            order by session_events.event_number
        ) as page_number,
        events.occurred_at
    from events
    inner join session_events on events.event_id = session_events.event_id

),

arrivals as (

    select
        arrival_id,
        session_id,
        customer_id,
        campaign_source,
        campaign_medium,
        campaign_name,
        ad_id,
        click_id_name,
        case
            when page_number = 1 and not {{ shares_site('referrer_host', 'page_host') }}
                then referrer_host
        end as referrer_host,
        page_number,
        occurred_at
    from pages
    where
        page_number = 1
        or coalesce(campaign_source, campaign_medium, click_id_name) is not null

)

select * from arrivals
