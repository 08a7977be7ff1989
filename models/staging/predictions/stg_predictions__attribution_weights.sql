with attribution_weights as (

    select * from {{ source('predictions', 'attribution_weights') }}

),

renamed as (

    select
        -- strings
        attribution_model,
        conversion_type,
        channel_path,
        channel,
        model_version,

        -- numbers
        weight,

        -- timestamps
        {{ utc_timestamp('scored_at') }} as scored_at
    from attribution_weights

)

select * from renamed
