with links as (

    select * from {{ ref('int_links_numbered') }}
    where not is_left_blocked and not is_right_blocked

),

device_logins as (

    select
        left_number,
        right_number as login_number
    from links
    where left_type = 'anonymous_id' and right_type = 'user_id'

),

device_addresses as (

    select
        left_number,
        right_number as address_number
    from links
    where left_type = 'anonymous_id' and right_type = 'email'

),

login_addresses as (

    select
        left_number as login_number,
        right_number as address_number
    from links
    where left_type = 'user_id' and right_type = 'email'

),

lent as (

    select distinct device_addresses.left_number as node_number
    from device_addresses
    inner join device_logins
        on device_addresses.left_number = device_logins.left_number
    left join login_addresses
        on
            device_logins.login_number = login_addresses.login_number
            and device_addresses.address_number = login_addresses.address_number
    where login_addresses.address_number is null

)

select * from lent
