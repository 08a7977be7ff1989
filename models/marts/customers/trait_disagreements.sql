with compared as (

    select * from {{ ref('int_traits_compared') }}

),

disputed as (

    select
        customer_id,
        trait_name
    from compared
    group by customer_id, trait_name
    having min(case when is_as_chosen then 1 else 0 end) = 0

),

disagreements as (

    select
        {{
            surrogate_key(
                ['compared.customer_id', 'compared.trait_name', 'compared.source_name']
            )
        }} as trait_disagreement_id,
        compared.customer_id,
        compared.trait_name,
        compared.source_name,
        compared.stated_value,
        compared.chosen_value,
        compared.chosen_source_name,
        compared.is_as_chosen,
        compared.stated_at
    from compared
    inner join disputed
        on
            compared.customer_id = disputed.customer_id
            and compared.trait_name = disputed.trait_name

)

select * from disagreements
