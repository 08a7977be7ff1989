{% set days = var('favourite_window_days') | int %}

with spent as (

    select
        customer_id,
        category_name,
        sum(line_amount) as spent_amount,
        count(distinct order_id) as order_count
    from {{ ref('order_items') }}
    where
        customer_id is not null
        and category_name is not null
        and not is_cancelled
        and {{ is_within_last('ordered_at', days) }}
    group by customer_id, category_name

),

visited as (

    select
        customer_id,
        source_id,
        count(*) as session_count,
        max(started_at) as last_started_at
    from {{ ref('sessions') }}
    where
        customer_id is not null
        and {{ is_within_last('started_at', days) }}
    group by customer_id, source_id

),

-- the last of the order is a name, so that a tie has one outcome
categories as (

    select
        customer_id,
        category_name,
        row_number() over (
            partition by customer_id
            order by spent_amount desc, order_count desc, category_name asc
        ) as place
    from spent
    qualify place = 1

),

places_of_visits as (

    select
        customer_id,
        source_id,
        row_number() over (
            partition by customer_id
            order by session_count desc, last_started_at desc, source_id asc
        ) as place
    from visited
    qualify place = 1

),

favourites as (

    select
        coalesce(categories.customer_id, places_of_visits.customer_id) as customer_id,
        categories.category_name as favourite_category_name,
        places_of_visits.source_id as preferred_source_id
    from categories
    full join places_of_visits
        on categories.customer_id = places_of_visits.customer_id

)

select * from favourites
