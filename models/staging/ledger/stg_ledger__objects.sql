with objects as (

    select * from {{ source('ledger', 'sync_objects') }}

),

renamed as (

    select
        -- strings
        sync_name,
        destination as destination_name,
        object_name as destination_object_name

    from objects

)

select * from renamed
