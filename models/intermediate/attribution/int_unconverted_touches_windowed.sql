{% set days = var('attribution_lookback_days') %}

with conversion_types as (

    select * from {{ ref('conversion_types') }}

),

conversions as (

    select * from {{ ref('int_conversions_combined') }}
    where customer_id is not null

),

-- what is younger than the window may still lead to something
touches as (

    select * from {{ ref('int_marketing_touches_combined') }}
    where occurred_at < {{ dbt.dateadd('day', '(-' ~ days ~ ')', as_of()) }}

),

once as (

    select
        customer_id,
        conversion_type,
        min(converted_at) as converted_at
    from conversions
    where is_once
    group by customer_id, conversion_type

),

possible as (

    select
        conversion_types.conversion_type,
        touches.*
    from touches
    cross join conversion_types

),

-- a touch led to nothing where no conversion follows within the window; after what
-- happens only once there is nothing left to lead to
unconverted as (

    select possible.*
    from possible
    where
        not exists (
            select 1
            from conversions
            where
                possible.customer_id = conversions.customer_id
                and possible.conversion_type = conversions.conversion_type
                and possible.occurred_at <= conversions.converted_at
                and {{ dbt.dateadd('day', days, 'possible.occurred_at') }}
                >= conversions.converted_at
        )
        and not exists (
            select 1
            from once
            where
                possible.customer_id = once.customer_id
                and possible.conversion_type = once.conversion_type
                and possible.occurred_at > once.converted_at
        )

),

-- windows as long as those of conversions, counted from the first such touch
windowed as (

    select
        *,
        floor(
            {{
                dbt.datediff(
                    'min(occurred_at) over ('
                    ~ 'partition by conversion_type, customer_id)',
                    'occurred_at',
                    'second',
                )
            }} / (86400.0 * {{ days }})
        ) as window_number
    from unconverted

)

select * from windowed
