with links as (

    select * from {{ ref('int_links_claimed') }}
    where right_type is not null

),

identifiers as (

    select * from {{ ref('int_identifiers_numbered') }}

),

numbered as (

    select
        links.*,
        lefts.node_number as left_number,
        rights.node_number as right_number
    from links
    left join identifiers as lefts
        on
            links.left_type = lefts.identifier_type
            and links.left_value = lefts.identifier_value
    left join identifiers as rights
        on
            links.right_type = rights.identifier_type
            and links.right_value = rights.identifier_value

)

select * from numbered
