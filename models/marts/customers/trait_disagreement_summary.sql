with compared as (

    select * from {{ ref('int_traits_compared') }}

),

counted as (

    select
        trait_name,
        source_name,
        count(*) as customer_count,
        count(case when not is_as_chosen then 1 end) as disagreeing_customer_count
    from compared
    group by trait_name, source_name

),

summarised as (

    select
        {{ surrogate_key(['trait_name', 'source_name']) }}
            as trait_disagreement_summary_id,
        trait_name,
        source_name,
        customer_count,
        disagreeing_customer_count,
        cast(disagreeing_customer_count * 1.0 / customer_count as double)
            as disagreeing_share
    from counted

)

select * from summarised
