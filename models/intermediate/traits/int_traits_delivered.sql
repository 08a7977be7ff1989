with records as (

    select * from {{ ref('stg_ledger__records') }}

),

delivered as (

    {{ synced_traits('records', var('stated_traits')) }}

)

select * from delivered
