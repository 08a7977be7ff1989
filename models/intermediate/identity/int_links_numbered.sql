with links as (

    select * from {{ ref('int_links_judged') }}
    where refusal_reason is null

),

identifiers as (

    select * from {{ ref('int_identifiers_numbered') }}
    where is_somebody

),

numbered as (

    select
        lefts.node_number as left_number,
        rights.node_number as right_number
    from links
    inner join identifiers as lefts
        on
            links.left_value = lefts.identifier_value
            and links.left_type = lefts.identifier_type
    inner join identifiers as rights
        on
            links.right_value = rights.identifier_value
            and links.right_type = rights.identifier_type

)

select * from numbered
