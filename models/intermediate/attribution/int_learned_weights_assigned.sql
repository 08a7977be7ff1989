with weights as (

    select * from {{ ref('stg_predictions__attribution_weights') }}

),

learned_models as (

    select distinct
        attribution_model,
        conversion_type
    from weights

),

paths as (

    select
        conversion_id,
        channel_path
    from {{ ref('attribution_paths') }}
    where is_converted

),

paired as (

    select * from {{ ref('int_conversion_touches_paired') }}

),

conversion_touches as (

    select
        paired.*,
        paths.channel_path
    from paired
    inner join paths on paired.conversion_id = paths.conversion_id

),

of_path as (

    select * from weights
    where channel_path <> '*'

),

of_channel as (

    select * from weights
    where channel_path = '*'

),

-- what was learned of this very path; otherwise of the channel on any path
weighed as (

    select
        learned_models.attribution_model,
        conversion_touches.conversion_id,
        conversion_touches.touch_number,
        cast(
            round(
                1000000000
                * coalesce(of_path.weight, of_channel.weight, 0)
                / conversion_touches.channel_touch_count
            ) as bigint
        ) as weight
    from conversion_touches
    inner join learned_models
        on conversion_touches.conversion_type = learned_models.conversion_type
    left join of_path
        on
            learned_models.attribution_model = of_path.attribution_model
            and conversion_touches.conversion_type = of_path.conversion_type
            and conversion_touches.channel_path = of_path.channel_path
            and conversion_touches.channel = of_path.channel
    left join of_channel
        on
            learned_models.attribution_model = of_channel.attribution_model
            and conversion_touches.conversion_type = of_channel.conversion_type
            and conversion_touches.channel = of_channel.channel

)

select * from weighed
