with stated as (

    select * from {{ ref('int_traits_stated') }}

),

chosen as (

    select * from {{ ref('int_traits_chosen') }}

),

priorities as (

    select * from {{ ref('trait_source_priorities') }}

),

newest_first as (

    select
        *,
        row_number() over (
            partition by customer_id, trait_name, source_name
            order by last_stated_at desc, trait_value asc
        ) as newness
    from stated

),

compared as (

    select
        newest_first.customer_id,
        newest_first.trait_name,
        newest_first.source_name,
        priorities.read_back_from,
        newest_first.trait_value as stated_value,
        chosen.trait_value as chosen_value,
        chosen.source_name as chosen_source_name,
        coalesce(
            {{ comparable_trait('chosen.trait_name', 'newest_first.trait_value') }}
            = {{ comparable_trait('chosen.trait_name', 'chosen.trait_value') }},
            false
        ) as is_as_chosen,
        newest_first.last_stated_at as stated_at
    from newest_first
    left join chosen
        on
            newest_first.customer_id = chosen.customer_id
            and newest_first.trait_name = chosen.trait_name
    left join priorities on newest_first.source_name = priorities.source_name
    where newest_first.newness = 1

)

select * from compared
