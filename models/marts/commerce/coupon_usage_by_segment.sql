{% set segments = {
    'age_band': "case when customers.age_years is null then 'unknown'"
        ~ " when customers.age_years < 25 then 'under 25'"
        ~ " when customers.age_years < 35 then '25 to 34'"
        ~ " when customers.age_years < 45 then '35 to 44'"
        ~ " when customers.age_years < 55 then '45 to 54'"
        ~ " when customers.age_years < 65 then '55 to 64' else '65 and over' end",
    'country': "coalesce(customers.country_code, 'unknown')",
    'customer_type': "coalesce(customers.customer_type, 'unknown')",
} %}

with orders as (

    select * from {{ ref('order_margins') }}

),

customers as (

    select * from {{ ref('customers') }}

),

described as (

    {% for name, value in segments.items() %}
        select
            orders.*,
            '{{ name }}' as segment_type,
            {{ value }} as segment_name
        from orders
        left join customers on orders.customer_id = customers.customer_id
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

),

counted as (

    select
        segment_type,
        segment_name,
        currency_code,
        has_coupon,
        count(*) as order_count,
        count(distinct customer_id) as customer_count,
        cast(sum(order_amount) as decimal(18, 2)) as order_amount,
        cast(sum(discount_amount) as decimal(18, 2)) as discount_amount,
        cast(sum(case when has_known_cost then sold_amount end) as decimal(18, 2))
            as costed_amount,
        cast(sum(margin_amount) as decimal(18, 2)) as margin_amount
    from described
    group by segment_type, segment_name, currency_code, has_coupon

),

shares as (

    select
        {{
            surrogate_key(
                ['segment_type', 'segment_name', 'currency_code', 'has_coupon']
            )
        }} as coupon_usage_id,
        segment_type,
        segment_name,
        currency_code,
        order_count,
        customer_count,
        order_amount,
        discount_amount,
        margin_amount,
        cast(margin_amount / nullif(costed_amount, 0) as double) as margin_share,
        cast(
            order_count * 1.0 / sum(order_count) over (
                partition by segment_type, segment_name, currency_code
            ) as double
        ) as order_share,
        has_coupon
    from counted

)

select * from shares
