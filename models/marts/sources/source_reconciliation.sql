with checks as (

    select * from {{ ref('stg_reconciliation__checks') }}

),

newest_first as (

    select
        *,
        row_number() over (
            partition by source_name, table_name, figure_name
            order by checked_at desc
        ) as newness
    from checks

),

keyed as (

    select
        {{ surrogate_key(['source_name', 'table_name', 'figure_name', 'checked_at']) }}
            as source_reconciliation_id,
        source_name,
        table_name,
        figure_name,
        compared_rows,
        verdict,
        source_value,
        warehouse_value,
        difference_value,
        tolerance_share,
        verdict = 'different' as is_different,
        newness = 1 as is_newest,
        checked_at
    from newest_first

)

select * from keyed
