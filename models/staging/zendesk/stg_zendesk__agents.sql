with users as (

    select * from {{ source('zendesk', 'users') }}

),

renamed as (

    select
        -- ids
        cast(id as {{ dbt.type_string() }}) as agent_id,

        -- strings
        name as agent_name,
        role as agent_role,

        -- timestamps
        {{ utc_timestamp('created_at') }} as created_at

    from users
    where role in ('agent', 'admin')

)

select * from renamed
