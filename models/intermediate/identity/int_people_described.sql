with identify_events as (

    select
        trim(user_id) as user_id,
        traits_json,
        row_number() over (
            partition by trim(user_id)
            order by occurred_at desc, event_id desc
        ) as newest_rank
    from {{ ref('int_events_deduplicated') }}
    where
        user_id is not null
        and (
            {{ json_text('traits_json', 'last_name') }} is not null
            or {{ json_text('traits_json', 'lastName') }} is not null
        )

),

tool_records as (

    select * from {{ ref('int_tool_records_described') }}
    -- what is said of a company, and names that are one text cut in two
    where
        source_name not in (
            'crm_account', 'marketing_company', 'support', 'card_holder'
        )

),

accounts as (

    select
        'user_id' as identifier_type,
        user_id as identifier_value,
        coalesce(
            {{ json_text('traits_json', 'first_name') }},
            {{ json_text('traits_json', 'firstName') }}
        ) as first_name,
        coalesce(
            {{ json_text('traits_json', 'last_name') }},
            {{ json_text('traits_json', 'lastName') }}
        ) as last_name,
        {{ json_text('traits_json', 'email') }} as email,
        {{ json_text('traits_json', 'phone') }} as phone,
        {{ json_text('traits_json', 'birth_date') }} as birth_date,
        {{ json_text('traits_json', 'street') }} as street,
        {{ json_text('traits_json', 'postal_code') }} as postal_code,
        {{ json_text('traits_json', 'city') }} as city,
        {{ json_text('traits_json', 'company_name') }} as company_name
    from identify_events
    where newest_rank = 1

),

-- where a login has told its name itself, what is kept of it tells nobody else
other_records as (

    select tool_records.*
    from tool_records
    left join accounts
        on
            tool_records.identifier_type = accounts.identifier_type
            and tool_records.identifier_value = accounts.identifier_value
    where accounts.identifier_value is null

),

people as (

    select
        identifier_type,
        identifier_value,
        first_name,
        last_name,
        email,
        phone,
        cast(null as {{ dbt.type_string() }}) as birth_date,
        street,
        postal_code,
        city,
        company_name
    from other_records
    where last_name is not null or company_name is not null
    union all
    select * from accounts

)

select * from people
