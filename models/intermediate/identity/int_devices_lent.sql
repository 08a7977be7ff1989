with links as (

    select * from {{ ref('int_links_in_question') }}
    where not is_withdrawn and not is_left_blocked and not is_right_blocked

),

device_logins as (

    select
        left_value as device_id,
        right_value as login_id
    from links
    where left_type = 'anonymous_id' and right_type = 'user_id'

),

device_addresses as (

    select
        left_value as device_id,
        right_value as email
    from links
    where left_type = 'anonymous_id' and right_type = 'email'

),

login_addresses as (

    select
        left_value as login_id,
        right_value as email
    from links
    where left_type = 'user_id' and right_type = 'email'

),

logins_with_address as (

    select distinct login_id from login_addresses

),

addresses_with_login as (

    select distinct email from login_addresses

),

-- where login and address are both known with nobody else, nothing contradicts
lent as (

    select distinct device_addresses.device_id
    from device_addresses
    inner join device_logins on device_addresses.device_id = device_logins.device_id
    left join login_addresses
        on
            device_logins.login_id = login_addresses.login_id
            and device_addresses.email = login_addresses.email
    left join logins_with_address
        on device_logins.login_id = logins_with_address.login_id
    left join addresses_with_login
        on device_addresses.email = addresses_with_login.email
    where
        login_addresses.email is null
        and (
            logins_with_address.login_id is not null
            or addresses_with_login.email is not null
        )

)

select * from lent
