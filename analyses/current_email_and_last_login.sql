-- What is this user's current email address, and when did they last log in? (S-2)
-- The address is the one stated last by the most trusted source: see the seed
-- trait_source_priorities. Run with --vars '{user_id: abc123}'.
with logins as (

    select customer_id
    from {{ ref('customer_identifiers') }}
    where
        identifier_type = 'user_id'
        and identifier_value = '{{ var("user_id", "abc123") }}'

)

select
    customer_id,
    user_id,
    email,
    last_signed_in_at
from {{ ref('customers') }}
where customer_id in (select logins.customer_id from logins)
