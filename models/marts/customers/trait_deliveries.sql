{%- set told = "nullif(delivered.delivered_value, '[not provided]')" -%}
{%- set key = ['customer_id', 'trait_name', 'sync_name', 'destination_field_name'] %}
with delivered as (

    select * from {{ ref('int_traits_delivered') }}

),

chosen as (

    select * from {{ ref('customer_traits') }}

),

tool_statements as (

    select * from {{ ref('int_traits_compared') }}
    where read_back_from is not null

),

refused as (

    select
        sync_name,
        record_key,
        last_reason
    from {{ ref('sync_records') }}
    where last_status in ('rejected', 'misconfigured', 'retry')

),

joined as (

    select
        delivered.*,
        chosen.trait_value as chosen_value,
        tool_statements.stated_value as tool_value,
        tool_statements.stated_at as tool_stated_at,
        refused.last_reason as refusal_reason,
        refused.record_key is not null as is_refused,
        coalesce(
            {{ comparable_trait('delivered.trait_name', told) }}, ''
        ) as delivered_form,
        coalesce(
            {{ comparable_trait('delivered.trait_name', 'chosen.trait_value') }}, ''
        ) as chosen_form,
        coalesce(
            {{
                comparable_trait(
                    'delivered.trait_name', 'tool_statements.stated_value'
                )
            }},
            ''
        ) as tool_form
    from delivered
    left join chosen
        on
            delivered.customer_id = chosen.customer_id
            and delivered.trait_name = chosen.trait_name
    left join tool_statements
        on
            delivered.customer_id = tool_statements.customer_id
            and delivered.trait_name = tool_statements.trait_name
            and delivered.destination_name = tool_statements.read_back_from
    left join refused
        on
            delivered.sync_name = refused.sync_name
            and delivered.customer_id = refused.record_key

),

judged as (

    select
        {{ surrogate_key(key) }} as trait_delivery_id,
        customer_id,
        trait_name,
        sync_name,
        destination_name,
        destination_field_name,
        chosen_value,
        delivered_value,
        tool_value,
        case
            when is_refused and delivered_form <> chosen_form then 'refused'
            when delivered_form <> chosen_form then 'waiting_for_sync'
            when tool_stated_at is null then 'delivered'
            when tool_form = delivered_form then 'taken'
            when tool_stated_at < delivered_at then 'not_read_back_yet'
            else 'not_taken'
        end as delivery_state,
        refusal_reason,
        delivered_at,
        tool_stated_at
    from joined

)

select * from judged
