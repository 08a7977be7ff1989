with links as (

    select * from {{ ref('int_probable_links_considered') }}
    where refusal_reason is null

),

concerned as (

    select left_customer_id as customer_id from links
    union
    select right_customer_id as customer_id from links

),

identifiers as (

    select * from {{ ref('int_identities_contracted') }}

),

aged as (

    select
        identifiers.customer_id,
        identifiers.identifier_type,
        row_number() over (order by {{ by_age('identifiers') }}) as age_rank
    from identifiers
    inner join concerned on identifiers.customer_id = concerned.customer_id

),

numbered as (

    select
        customer_id,
        min(age_rank) as person_number,
        count(case when identifier_type = 'user_id' then 1 end) as login_count
    from aged
    group by customer_id

)

select * from numbered
