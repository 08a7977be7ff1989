{% set same_way = 'partition by arrivals.session_id, judged.channel,'
    ~ ' arrivals.campaign_name, arrivals.ad_id' %}

with arrivals as (

    select
        *,
        {{
            surrogate_key([
                'campaign_source', 'campaign_medium', 'click_id_name', 'referrer_host'
            ])
        }} as signs_id
    from {{ ref('int_arrivals_extracted') }}

),

rules as (

    select * from {{ ref('channel_rules') }}

),

signs as (

    select distinct
        signs_id,
        campaign_source,
        campaign_medium,
        click_id_name,
        '.' || referrer_host as dotted_host
    from arrivals

),

judged as (

    select
        signs.signs_id,
        rules.channel
    from signs
    inner join rules
        on
            (
                rules.click_id_pattern is null
                or signs.click_id_name like rules.click_id_pattern
            )
            and (
                rules.source_pattern is null
                or signs.campaign_source like rules.source_pattern
            )
            and (
                rules.medium_pattern is null
                or signs.campaign_medium like rules.medium_pattern
            )
            and (
                rules.referrer_pattern is null
                or signs.dotted_host like rules.referrer_pattern
            )
    qualify
        row_number() over (
            partition by signs.signs_id
            order by rules.rule_number
        ) = 1

),

classified as (

    select
        arrivals.arrival_id,
        arrivals.session_id,
        arrivals.customer_id,
        judged.channel,
        arrivals.campaign_source,
        arrivals.campaign_medium,
        arrivals.campaign_name,
        arrivals.ad_id,
        arrivals.referrer_host,
        arrivals.page_number = 1 as is_landing,
        arrivals.occurred_at,
        max(arrivals.occurred_at) over ({{ same_way }}) as last_arrived_at
    from arrivals
    inner join judged on arrivals.signs_id = judged.signs_id
    qualify row_number() over ({{ same_way }} order by arrivals.page_number) = 1

)

select * from classified
