with chosen as (

    select * from {{ ref('int_traits_chosen') }}

),

priorities as (

    select * from {{ ref('trait_source_priorities') }}

),

ruled as (

    select
        chosen.customer_id,
        chosen.trait_name,
        chosen.trait_value,
        chosen.source_name,
        chosen.source_count,
        chosen.value_count,
        case
            when chosen.source_count = 1 and chosen.value_count = 1
                then 'only ' || chosen.source_name || ' says this'
            when chosen.source_count = 1
                then 'the newest of what ' || chosen.source_name || ' has said'
            when chosen.value_count = 1
                then
                    'all ' || chosen.source_count || ' sources agree; taken from '
                    || chosen.source_name
            else
                chosen.source_name || ' (priority ' || priorities.priority
                || ') is trusted most of ' || chosen.source_count
                || ' sources; its newest'
        end as precedence_rule,
        chosen.stated_at as observed_at
    from chosen
    left join priorities on chosen.source_name = priorities.source_name

)

select * from ruled
