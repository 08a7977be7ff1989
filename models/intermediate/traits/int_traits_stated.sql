{%- set trait_names = var('stated_traits') -%}
{%- set standing_names = ['lead_status', 'lead_source', 'is_email_subscriber'] -%}
with identify_events as (

    select * from {{ ref('int_events_resolved') }}
    -- the traits of a group are those of a company
    where traits_json is not null and event_type <> 'group'

),

event_traits as (

    select
        customer_id,
        case when user_id is null then 'visitor' else 'account' end as source_name,
        {% for name in trait_names %}
            {{ said_by_person(name) }} as {{ name }},
        {% endfor %}
        occurred_at as stated_at
    from identify_events

),

standings as (

    select
        customer_id,
        source_name,
        {% for name in trait_names %}
            {{ name if name in standing_names else 'null' }} as {{ name }},
        {% endfor %}
        stated_at
    from {{ ref('int_standings_combined') }}

),

statements as (

    select * from event_traits
    union all
    select * from {{ ref('int_tool_traits_combined') }}
    union all
    select * from standings

),

unpivoted as (

    {{ unpivoted_traits('statements', trait_names) }}

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
