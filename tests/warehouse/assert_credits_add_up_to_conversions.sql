-- By every model that knows a type of conversion, each conversion of that type is
-- credited exactly once, and its revenue to the cent.
with credited as (

    select
        attribution_model,
        conversion_type,
        conversion_id,
        sum(credit_share) as credit_share,
        sum(credited_amount) as credited_amount
    from {{ ref('attribution_credits') }}
    group by attribution_model, conversion_type, conversion_id

),

expected as (

    select
        known.attribution_model,
        conversions.conversion_id,
        conversions.revenue_amount
    from {{ ref('int_conversions_combined') }} as conversions
    inner join (
        select distinct
            attribution_model,
            conversion_type
        from credited
    ) as known
        on conversions.conversion_type = known.conversion_type

)

select
    expected.attribution_model,
    expected.conversion_id,
    expected.revenue_amount,
    credited.credit_share,
    credited.credited_amount
from expected
left join credited
    on
        expected.attribution_model = credited.attribution_model
        and expected.conversion_id = credited.conversion_id
where
    credited.credit_share is distinct from 1
    or credited.credited_amount is distinct from expected.revenue_amount
