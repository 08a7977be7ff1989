{{
    config(
        materialized='table',
        pre_hook="{{ contract_links(
            ref('int_probable_links_numbered'), 'true', 'probable_people'
        ) }}",
    )
}}

with people as (

    select * from {{ ref('int_probable_people_numbered') }}

),

labels as (

    select * from {{ scratch_table('probable_people') }}

),

grouped as (

    select
        labels.component_label,
        min(people.person_number) as oldest_number,
        sum(case when people.login_count > 0 then 1 else 0 end) as people_with_login
    from people
    inner join labels on people.person_number = labels.node_number
    group by labels.component_label

),

joined as (

    select
        people.customer_id,
        oldest.customer_id as joined_customer_id,
        grouped.people_with_login > 1 as is_contradicted
    from people
    inner join labels on people.person_number = labels.node_number
    inner join grouped on labels.component_label = grouped.component_label
    inner join people as oldest on grouped.oldest_number = oldest.person_number

)

select * from joined
