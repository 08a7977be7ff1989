{%- set email = normalised_email('stated.trait_value') -%}
with stated as (

    select * from {{ ref('int_traits_stated') }}

),

priorities as (

    select * from {{ ref('trait_source_priorities') }}

),

blocked_values as (

    select distinct lower(identifier_value) as identifier_value
    from {{ ref('identity_blocked_values') }}

),

credible as (

    select stated.*
    from stated
    left join blocked_values
        on
            stated.trait_name = 'email'
            and {{ email }} = blocked_values.identifier_value
    where
        stated.trait_value <> '[not provided]'
        and (
            stated.trait_name <> 'birth_date'
            or try_cast(stated.trait_value as date) is not null
        )
        and (
            stated.trait_name <> 'email'
            or (
                blocked_values.identifier_value is null
                and not ({{ names_nobody("'email'", email) }})
            )
        )

),

ranked as (

    select
        credible.*,
        row_number() over (
            partition by credible.customer_id, credible.trait_name
            order by
                coalesce(priorities.priority, 0) desc,
                credible.last_stated_at desc,
                credible.trait_value asc
        ) as choice_number
    from credible
    left join priorities on credible.source_name = priorities.source_name

),

agreement as (

    select
        customer_id,
        trait_name,
        count(distinct source_name) as source_count,
        count(distinct {{ comparable_trait('trait_name', 'trait_value') }})
            as value_count
    from credible
    group by customer_id, trait_name

),

chosen as (

    select
        ranked.customer_id,
        ranked.trait_name,
        case
            when ranked.trait_name = 'email'
                then {{ normalised_email('ranked.trait_value') }}
            else ranked.trait_value
        end as trait_value,
        ranked.source_name,
        agreement.source_count,
        agreement.value_count,
        ranked.last_stated_at as stated_at
    from ranked
    inner join agreement
        on
            ranked.customer_id = agreement.customer_id
            and ranked.trait_name = agreement.trait_name
    where ranked.choice_number = 1

)

select * from chosen
