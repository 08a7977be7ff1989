with links as (

    select * from {{ ref('int_links_judged') }}

),

refused as (

    select
        left_type,
        left_value,
        right_type,
        right_value,
        claimed_by,
        refusal_reason,
        refusal_explanation,
        first_seen_at
    from links
    where refusal_reason <> 'withdrawn'

)

select * from refused
