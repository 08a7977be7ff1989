with profiles as (

    select * from {{ ref('int_profiles_merged_to_customers') }}

),

visits as (

    select * from {{ ref('int_visits_aggregated_to_customers') }}

),

orders as (

    select * from {{ ref('int_orders_aggregated_to_customers') }}

),

contacts as (

    select * from {{ ref('int_contacts_aggregated_to_customers') }}

),

leads as (

    select * from {{ ref('int_leads_aggregated_to_customers') }}

),

subscribers as (

    select distinct customer_id
    from {{ ref('subscriptions') }}
    where is_active

),

combined as (

    select
        profiles.*,
        orders.currency_code,
        -- the CRM's account is trusted most of all who name a company
        profiles.company_name as account_name,
        coalesce(orders.order_count, 0) as order_count,
        coalesce(orders.order_count_last_365_days, 0) as order_count_last_365_days,
        coalesce(orders.order_count_over_100_last_365_days, 0)
            as order_count_over_100_last_365_days,
        coalesce(orders.order_amount_lifetime, 0) as order_amount_lifetime,
        coalesce(orders.order_amount_last_365_days, 0) as order_amount_last_365_days,
        coalesce(visits.session_count, 0) as session_count,
        coalesce(visits.session_count_last_30_days, 0) as session_count_last_30_days,
        coalesce(visits.active_week_count_last_12_weeks, 0)
            as active_week_count_last_12_weeks,
        coalesce(contacts.support_ticket_count, 0) as support_ticket_count,
        coalesce(contacts.support_ticket_count_last_90_days, 0)
            as support_ticket_count_last_90_days,
        coalesce(contacts.email_open_count_last_90_days, 0)
            as email_open_count_last_90_days,
        {{ age_in_years('profiles.birth_date', as_of()) }} as age_years,
        coalesce(leads.is_qualified_lead, false) as is_qualified_lead,
        coalesce(visits.has_joined_newsletter, false) as has_joined_newsletter,
        subscribers.customer_id is not null as has_active_subscription,
        orders.first_ordered_at,
        orders.last_ordered_at,
        -- tools knew many before the first event was collected
        least(
            coalesce(visits.first_seen_at, profiles.first_received_at),
            coalesce(leads.first_lead_at, profiles.first_received_at),
            coalesce(orders.first_ordered_at, profiles.first_received_at),
            profiles.first_received_at
        ) as first_seen_at,
        coalesce(visits.last_seen_at, leads.first_lead_at, profiles.first_received_at)
            as last_seen_at,
        visits.last_signed_in_at
    from profiles
    left join visits on profiles.customer_id = visits.customer_id
    left join orders on profiles.customer_id = orders.customer_id
    left join contacts on profiles.customer_id = contacts.customer_id
    left join leads on profiles.customer_id = leads.customer_id
    left join subscribers on profiles.customer_id = subscribers.customer_id

)

select * from combined
