with sessions as (

    select
        customer_id,
        channel,
        row_number() over (
            partition by customer_id
            order by started_at, session_id
        ) as place,
        row_number() over (
            partition by customer_id
            order by started_at desc, session_id desc
        ) as place_from_last
    from {{ ref('sessions') }}
    where customer_id is not null and channel is not null

),

reached as (

    select
        customer_id,
        max(case when place = 1 then channel end) as first_channel_name,
        max(case when place_from_last = 1 then channel end) as last_channel_name
    from sessions
    group by customer_id

)

select * from reached
