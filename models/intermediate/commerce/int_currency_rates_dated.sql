{{ config(materialized='view') }}

with rates as (

    select * from {{ ref('currency_rates') }}

),

dated as (

    select
        currency_code,
        rate,
        valid_from_date,
        coalesce(
            lead(valid_from_date) over (
                partition by currency_code
                order by valid_from_date
            ),
            cast('9999-12-31' as date)
        ) as valid_to_date
    from rates

)

select * from dated
