with checks as (

    select * from {{ source('reconciliation', 'checks') }}

),

renamed as (

    select
        -- strings
        source as source_name,
        table_name,
        what as figure_name,
        asked as compared_rows,
        verdict,

        -- numbers
        in_source as source_value,
        in_warehouse as warehouse_value,
        difference as difference_value,
        tolerance as tolerance_share,

        -- timestamps
        {{ utc_timestamp('checked_at') }} as checked_at

    from checks

)

select * from renamed
