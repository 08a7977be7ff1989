with links as (

    select * from {{ source('predictions', 'probable_links') }}

),

renamed as (

    select
        -- strings
        left_type,
        left_value,
        right_type,
        right_value,
        agreement,
        refusal_reason,
        refusal_explanation,
        model_version,

        -- numbers
        match_probability,
        match_weight,

        -- timestamps
        {{ utc_timestamp('scored_at') }} as scored_at
    from links

)

select * from renamed
