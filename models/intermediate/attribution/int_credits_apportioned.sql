{# shares in billionths, money in cents: sums of whole numbers are exact #}
{% set wholes = {'share': '1000000000', 'cents': 'revenue_cents'} %}

with touches as (

    select * from {{ ref('int_conversion_touches_paired') }}

),

weighed as (

    select * from {{ ref('int_rule_weights_assigned') }}
    union all
    select * from {{ ref('int_learned_weights_assigned') }}

),

-- where a model sees no difference at all, every touch counts the same
totals as (

    select
        weighed.attribution_model,
        weighed.conversion_id,
        weighed.touch_number,
        cast(round(100 * abs(touches.revenue_amount)) as bigint) as revenue_cents,
        case when touches.revenue_amount < 0 then -1 else 1 end
            as revenue_sign,
        case
            when
                sum(weighed.weight) over (
                    partition by weighed.attribution_model, weighed.conversion_id
                ) > 0
                then weighed.weight
            else 1
        end as weight
    from weighed
    inner join touches
        on
            weighed.conversion_id = touches.conversion_id
            and weighed.touch_number = touches.touch_number

),

claims as (

    select
        *,
        cast(
            sum(weight) over (partition by attribution_model, conversion_id) as bigint
        ) as total_weight
    from totals

),

rounded_down as (

    select
        {% for name, whole in wholes.items() %}
            {{ whole_share(whole, 'weight', 'total_weight') }} as {{ name }}_down,
            {{ share_remainder(whole, 'weight', 'total_weight') }} as {{ name }}_rest,
        {% endfor %}
        *
    from claims

),

ranked as (

    select
        {% for name, whole in wholes.items() %}
            {{ whole }} - sum({{ name }}_down) over (
                partition by attribution_model, conversion_id
            ) as {{ name }}_left,
            row_number() over (
                partition by attribution_model, conversion_id
                order by {{ name }}_rest desc, touch_number desc
            ) as {{ name }}_rank,
        {% endfor %}
        *
    from rounded_down

),

apportioned as (

    select
        attribution_model,
        conversion_id,
        touch_number,
        share_down
        + case when share_rank <= share_left then 1 else 0 end as credited_share,
        revenue_sign * (
            cents_down + case when cents_rank <= cents_left then 1 else 0 end
        ) as credited_cents
    from ranked
    where weight > 0

)

select * from apportioned
