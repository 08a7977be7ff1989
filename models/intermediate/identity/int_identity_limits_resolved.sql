with pairs_of_types as (

    select distinct
        limited_as,
        linked_type
    from {{ ref('int_identifiers_counted') }}

),

limits as (

    select * from {{ ref('identity_limits') }}

),

priorities as (

    select * from {{ ref('identity_priorities') }}

),

resolved as (

    select
        pairs_of_types.limited_as,
        pairs_of_types.linked_type,
        limits.limit_count,
        coalesce(own_priorities.priority, other_priorities.priority) as priority
    from pairs_of_types
    left join limits
        on
            limits.identifier_type in (pairs_of_types.limited_as, '*')
            and limits.linked_type in (pairs_of_types.linked_type, '*')
    left join priorities as own_priorities
        on pairs_of_types.linked_type = own_priorities.identifier_type
    left join priorities as other_priorities
        on other_priorities.identifier_type = '*'
    qualify
        row_number() over (
            partition by pairs_of_types.limited_as, pairs_of_types.linked_type
            order by
                case when limits.identifier_type = '*' then 1 else 0 end,
                case when limits.linked_type = '*' then 1 else 0 end
        ) = 1

)

select * from resolved
