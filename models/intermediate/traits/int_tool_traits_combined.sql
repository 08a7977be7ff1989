with identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

records as (

    select * from {{ ref('int_tool_records_described') }}

)

select
    identifiers.customer_id,
    records.source_name,
    {% for name in var('stated_traits') %}
        records.{{ name }},
    {% endfor %}
    records.stated_at
from records
inner join identifiers
    on
        records.identifier_type = identifiers.identifier_type
        and records.identifier_value = identifiers.identifier_value
