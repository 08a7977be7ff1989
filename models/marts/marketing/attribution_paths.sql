with conversion_touches as (

    select
        conversion_id as attribution_path_id,
        conversion_type,
        conversion_id,
        customer_id,
        touch_id,
        channel,
        currency_code,
        revenue_amount,
        converted_at,
        coalesce(occurred_at, converted_at) as occurred_at
    from {{ ref('int_conversion_touches_paired') }}

),

other_touches as (

    select
        {{
            surrogate_key(['conversion_type', 'customer_id', 'window_number'])
        }} as attribution_path_id,
        conversion_type,
        cast(null as {{ dbt.type_string() }}) as conversion_id,
        customer_id,
        touch_id,
        channel,
        cast(null as {{ dbt.type_string() }}) as currency_code,
        cast(null as decimal(18, 2)) as revenue_amount,
        cast(null as timestamp) as converted_at,
        occurred_at
    from {{ ref('int_unconverted_touches_windowed') }}

),

touches as (

    select * from conversion_touches
    union all
    select * from other_touches

),

followed as (

    select
        *,
        case
            when
                channel <> coalesce(
                    lag(channel) over (
                        partition by attribution_path_id
                        order by occurred_at, touch_id
                    ),
                    ''
                )
                then channel
        end as new_channel,
        row_number() over (
            partition by attribution_path_id
            order by occurred_at, touch_id
        ) as place
    from touches

),

paths as (

    select
        -- ids
        attribution_path_id,
        min(conversion_id) as conversion_id,
        min(customer_id) as customer_id,

        -- strings
        min(conversion_type) as conversion_type,
        {{ dbt.listagg('new_channel', "' > '", 'order by place') }} as channel_path,
        min(currency_code) as currency_code,

        -- numbers
        count(touch_id) as touch_count,
        cast(min(revenue_amount) as decimal(18, 2)) as revenue_amount,

        -- booleans
        min(conversion_id) is not null as is_converted,

        -- timestamps
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        min(converted_at) as converted_at
    from followed
    group by attribution_path_id

)

select * from paths
