{% set trait_names = var('stated_traits') %}

with identify_events as (

    select * from {{ ref('int_events_resolved') }}
    -- the traits of a group are those of a company
    where traits_json is not null and event_type <> 'group'

),

event_traits as (

    select
        customer_id,
        case when user_id is null then 'visitor' else 'account' end as source_name,
        {{ json_text('traits_json', 'email') }} as email,
        coalesce(
            {{ json_text('traits_json', 'first_name') }},
            {{ json_text('traits_json', 'firstName') }}
        ) as first_name,
        coalesce(
            {{ json_text('traits_json', 'last_name') }},
            {{ json_text('traits_json', 'lastName') }}
        ) as last_name,
        {{ json_text('traits_json', 'phone') }} as phone,
        {{ json_text('traits_json', 'birth_date') }} as birth_date,
        {{ json_text('traits_json', 'city') }} as city,
        {{ json_text('traits_json', 'country_code') }} as country_code,
        {{ json_text('traits_json', 'company_name') }} as company_name,
        {{ json_text('traits_json', 'customer_type') }} as customer_type,
        occurred_at as stated_at
    from identify_events

),

tool_traits as (

    select * from {{ ref('int_tool_traits_combined') }}

),

statements as (

    select * from event_traits
    union all
    select * from tool_traits

),

trait_names as (

    {% for name in trait_names %}
        select '{{ name }}' as trait_name
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

),

unpivoted as (

    select
        statements.customer_id,
        statements.source_name,
        trait_names.trait_name,
        case trait_names.trait_name
            {% for name in trait_names %}
                when '{{ name }}' then statements.{{ name }}
            {% endfor %}
        end as trait_value,
        statements.stated_at
    from statements
    cross join trait_names
    where statements.customer_id is not null

),

stated as (

    select
        customer_id,
        trait_name,
        trait_value,
        source_name,
        min(stated_at) as first_stated_at,
        max(stated_at) as last_stated_at
    from unpivoted
    where trait_value is not null
    group by customer_id, trait_name, trait_value, source_name

)

select * from stated
