with customers as (

    select * from {{ ref('customers') }}

),

favourites as (

    select * from {{ ref('int_favourites_chosen') }}

),

channels as (

    select * from {{ ref('int_channels_reached') }}

),

activity as (

    select * from {{ ref('int_activity_aggregated_to_customers') }}

),

engagement as (

    select * from {{ ref('int_engagement_scored') }}

),

computed as (

    select
        -- ids
        customers.customer_id,

        -- strings
        case
            when customers.age_years < 25 then 'under 25'
            when customers.age_years < 35 then '25 to 34'
            when customers.age_years < 46 then '35 to 45'
            when customers.age_years < 65 then '46 to 64'
            when customers.age_years >= 65 then '65 and over'
        end as age_band,
        favourites.favourite_category_name,
        favourites.preferred_source_id,
        channels.first_channel_name,
        channels.last_channel_name,
        engagement.email_engagement,
        case
            when engagement.engagement_score >= 60 then 'high'
            when engagement.engagement_score >= 25 then 'medium'
            when engagement.engagement_score > 0 then 'low'
            else 'none'
        end as engagement_level,

        -- numbers
        cast(engagement.engagement_score as integer) as engagement_score,
        coalesce(activity.order_count_last_30_days, 0) as order_count_last_30_days,
        coalesce(activity.order_count_last_90_days, 0) as order_count_last_90_days,
        cast(coalesce(activity.order_amount_last_30_days, 0) as decimal(18, 2))
            as order_amount_last_30_days,
        cast(coalesce(activity.order_amount_last_90_days, 0) as decimal(18, 2))
            as order_amount_last_90_days,
        cast(
            {{ dbt.datediff('customers.last_ordered_at', as_of(), 'day') }} as integer
        ) as days_since_last_order,
        cast(
            {{ dbt.datediff('customers.last_seen_at', as_of(), 'day') }} as integer
        ) as days_since_last_seen,
        case
            when customers.order_count > 1
                then cast(
                    {{
                        dbt.datediff(
                            'customers.first_ordered_at', 'customers.last_ordered_at',
                            'day',
                        )
                    }} / (customers.order_count - 1.0)
                        as decimal(9, 1)
                    )
        end as average_days_between_orders
    from customers
    inner join engagement on customers.customer_id = engagement.customer_id
    left join favourites on customers.customer_id = favourites.customer_id
    left join channels on customers.customer_id = channels.customer_id
    left join activity on customers.customer_id = activity.customer_id

)

select * from computed
