with customers as (

    select * from {{ source('shopify', 'customers') }}
    where _deleted_at is not null

)

select
    -- ids
    cast(id as {{ dbt.type_string() }}) as shop_customer_id,

    -- timestamps
    {{ utc_timestamp('_deleted_at') }} as deleted_at
from customers
