with settled as (

    select * from {{ ref('int_deliveries_settled') }}

),

-- a connection that was led to another destination counts as what it is now
latest as (

    select *
    from settled
    qualify
        row_number() over (
            partition by connection_name
            order by attempted_at desc, destination_name asc
        ) = 1

),

connections as (

    select
        connection_name,
        destination_name
    from latest

)

select * from connections
