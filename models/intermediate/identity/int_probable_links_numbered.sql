with links as (

    select * from {{ ref('int_probable_links_considered') }}
    where refusal_reason is null

),

people as (

    select * from {{ ref('int_probable_people_numbered') }}

),

numbered as (

    select
        lefts.person_number as left_number,
        rights.person_number as right_number
    from links
    inner join people as lefts on links.left_customer_id = lefts.customer_id
    inner join people as rights on links.right_customer_id = rights.customer_id

)

select * from numbered
