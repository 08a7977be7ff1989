with history as (

    select * from {{ ref('customer_identifier_history') }}

),

identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

living_customers as (

    select distinct customer_id from identifiers

),

moves as (

    select
        history.previous_customer_id as old_customer_id,
        history.customer_id as new_customer_id,
        history.valid_from as changed_at,
        history.reason,
        count(*) as identifier_count,
        min(identifiers.customer_id) as current_customer_id
    from history
    left join identifiers
        on
            history.identifier_type = identifiers.identifier_type
            and history.identifier_value = identifiers.identifier_value
    where history.reason in ('merged', 'split', 'renamed')
    group by
        history.previous_customer_id,
        history.customer_id,
        history.valid_from,
        history.reason

),

changes as (

    select
        {{ surrogate_key(['old_customer_id', 'new_customer_id', 'changed_at']) }}
            as customer_id_change_id,
        moves.old_customer_id,
        moves.new_customer_id,
        moves.changed_at,
        moves.reason,
        moves.identifier_count,
        moves.current_customer_id,
        living_customers.customer_id is null as is_old_id_gone
    from moves
    left join living_customers
        on moves.old_customer_id = living_customers.customer_id

)

select * from changes
