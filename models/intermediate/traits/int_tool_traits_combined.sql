with identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

records as (

    select * from {{ ref('int_tool_records_described') }}

)

select
    identifiers.customer_id,
    records.source_name,
    records.email,
    records.first_name,
    records.last_name,
    records.phone,
    cast(null as {{ dbt.type_string() }}) as birth_date,
    records.city,
    records.country_code,
    records.company_name,
    records.customer_type,
    records.stated_at
from records
inner join identifiers
    on
        records.identifier_type = identifiers.identifier_type
        and records.identifier_value = identifiers.identifier_value
