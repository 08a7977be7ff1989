with users as (

    select * from {{ source('zendesk', 'users') }}

),

renamed as (

    select
        -- ids
        cast(id as {{ dbt.type_string() }}) as requester_id,
        {{ trimmed('external_id') }} as user_id,

        -- strings
        {{ normalised_email('email') }} as email,
        -- who wrote without a name is called like the address
        case when name not like '%@%' then {{ first_word('name') }} end as first_name,
        case when name not like '%@%' then {{ after_first_word('name') }} end
            as last_name,
        -- of a number that several people share the tool says so
        case
            when not coalesce(shared_phone_number, false)
                then nullif(trim(phone), '')
        end as phone,

        -- timestamps
        {{ utc_timestamp('created_at') }} as created_at,
        {{ utc_timestamp('updated_at') }} as updated_at

    from users
    -- agents are in the same list, and who was deleted
    where coalesce(role, 'end-user') = 'end-user' and coalesce(active, true)

)

select * from renamed
