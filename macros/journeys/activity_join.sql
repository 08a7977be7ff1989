{# One activity of customers, with what they did around it: a select with a row per
   primary activity, in one pass over the stream for each addition. After the relations
   of ActivitySchema (Ahmed Elsamadisi).

   stream: a relation like the mart activities.
   primary: {'activity': a name, 'occurrence': 'all' (usual), 'first', 'last' or n}.
   appended: a list of {
       'activity': a name,
       'relation': first_, last_, nth_ or aggregate_, then ever, before, after or
                   in_between (after this primary activity and before its next one),
       'n': which one, for nth_,
       'columns': {name: expression on the alias appended}; an aggregate for aggregate_,
       'where': a condition on the alias appended,
   }. What is not there is null; aggregates see no row. #}
{% macro activity_join(stream, primary, appended) -%}
with occurrences as (

    select
        stream.*,
        row_number() over (
            partition by stream.customer_id
            order by stream.activity_number
        ) as primary_number,
        row_number() over (
            partition by stream.customer_id
            order by stream.activity_number desc
        ) as number_from_last,
        -- no next one: an infinite number, so that the join compares and asks no or
        coalesce(
            lead(stream.activity_number) over (
                partition by stream.customer_id
                order by stream.activity_number
            ),
            9223372036854775807
        ) as next_activity_number
    from {{ stream }} as stream
    where stream.activity_name = '{{ primary.activity }}'

),

primaries as (

    select * from occurrences
    where {{ chosen_occurrence(primary.occurrence | default('all')) }}

)

{%- for one in appended %}
,

appended_{{ loop.index }} as (

    select
        primaries.activity_id as primary_activity_id
        {%- for name, expression in one.columns.items() %},
        {{ expression }} as {{ name }}
        {%- endfor %}
    from primaries
    left join {{ stream }} as appended
        on
            primaries.customer_id = appended.customer_id
            and appended.activity_name = '{{ one.activity }}'
            and {{ related_activity(one.relation) }}
            and ({{ one.where | default('true') }})
    {{ picked_activity(one.relation, one.n | default(none)) }}

)
{%- endfor %}

select
    primaries.activity_id,
    primaries.customer_id,
    primaries.session_id,
    primaries.activity_name,
    primaries.activity_detail,
    primaries.revenue_amount,
    primaries.primary_number,
    primaries.occurred_at
    {%- for one in appended %}
    {%- set number = loop.index %}
    {%- for name in one.columns %},
    appended_{{ number }}.{{ name }}
    {%- endfor %}
    {%- endfor %}
from primaries
{%- for one in appended %}
left join appended_{{ loop.index }}
    on primaries.activity_id = appended_{{ loop.index }}.primary_activity_id
{%- endfor %}
{%- endmacro %}

{# Which occurrences of the primary activity count. #}
{% macro chosen_occurrence(occurrence) -%}
    {%- if occurrence == 'all' -%}
        true
    {%- elif occurrence == 'first' -%}
        primary_number = 1
    {%- elif occurrence == 'last' -%}
        number_from_last = 1
    {%- else -%}
        primary_number = {{ occurrence | int }}
    {%- endif -%}
{%- endmacro %}

{# Where an activity lies, seen from the primary one. #}
{% macro related_activity(relation) -%}
    {%- if relation.endswith('_ever') -%}
        true
    {%- elif relation.endswith('_before') -%}
        appended.activity_number < primaries.activity_number
    {%- elif relation.endswith('_after') -%}
        appended.activity_number > primaries.activity_number
    {%- elif relation.endswith('_in_between') -%}
        appended.activity_number > primaries.activity_number
            and appended.activity_number < primaries.next_activity_number
    {%- else -%}
        {{ exceptions.raise_compiler_error('activity_join: no relation ' ~ relation) }}
    {%- endif -%}
{%- endmacro %}

{# Which of the activities that lie there, or all of them in one row. #}
{% macro picked_activity(relation, n) -%}
    {%- set pick = relation.split('_')[0] -%}
    {%- if pick == 'aggregate' -%}
        group by primaries.activity_id
    {%- elif pick in ('first', 'last', 'nth') -%}
        {%- set direction = 'desc' if pick == 'last' else 'asc' -%}
        qualify
            row_number() over (
                partition by primaries.activity_id
                order by appended.activity_number {{ direction }} nulls last
            ) = {{ (n if pick == 'nth' else 1) | int }}
    {%- else -%}
        {{ exceptions.raise_compiler_error('activity_join: no relation ' ~ relation) }}
    {%- endif -%}
{%- endmacro %}
