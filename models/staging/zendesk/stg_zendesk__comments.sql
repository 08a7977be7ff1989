with comments as (

    select * from {{ source('zendesk', 'comments') }}

),

renamed as (

    select
        -- ids
        cast(id as {{ dbt.type_string() }}) as comment_id,
        cast(ticket_id as {{ dbt.type_string() }}) as ticket_id,
        cast(author_id as {{ dbt.type_string() }}) as author_id,

        -- strings
        body as comment_text,

        -- booleans
        coalesce(public, false) as is_public,

        -- timestamps
        {{ utc_timestamp('created_at') }} as commented_at

    from comments

)

select * from renamed
