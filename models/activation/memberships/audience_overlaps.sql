with memberships as (

    select
        audience_name,
        customer_id
    from {{ ref('audience_memberships') }}
    where left_at is null

),

sizes as (

    select
        audience_name,
        count(*) as member_count
    from memberships
    group by audience_name

),

other_memberships as (

    select * from memberships

),

pairs as (

    select
        memberships.audience_name,
        other_memberships.audience_name as other_audience_name,
        count(*) as shared_member_count
    from memberships
    inner join other_memberships
        on
            memberships.customer_id = other_memberships.customer_id
            and memberships.audience_name <> other_memberships.audience_name
    group by memberships.audience_name, other_memberships.audience_name

),

described as (

    select
        {{ surrogate_key(['pairs.audience_name', 'pairs.other_audience_name']) }}
            as audience_overlap_id,
        pairs.audience_name,
        pairs.other_audience_name,
        sizes.member_count,
        pairs.shared_member_count,
        cast(pairs.shared_member_count * 1.0 / sizes.member_count as double)
            as shared_share
    from pairs
    inner join sizes on pairs.audience_name = sizes.audience_name

)

select * from described
