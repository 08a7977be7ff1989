{# `properties` and `location` are left out: our own sync writes there, and what it
   wrote is no news. #}
with profiles as (

    select * from {{ source('klaviyo', 'profiles') }}

),

renamed as (

    select
        -- ids
        id as profile_id,
        {{ trimmed('external_id') }} as user_id,

        -- strings
        {{ normalised_email('email') }} as email,
        nullif(trim(first_name), '') as first_name,
        nullif(trim(last_name), '') as last_name,
        nullif(trim(phone_number), '') as phone,
        nullif(trim(organization), '') as company_name,
        nullif(trim(title), '') as job_title,
        nullif(trim(locale), '') as locale_code,

        -- booleans
        coalesce(
            {{ json_text(
                'subscriptions', 'email.marketing.can_receive_email_marketing'
            ) }} = 'true',
            false
        ) as is_subscribed,

        -- timestamps
        {{ utc_timestamp('created') }} as created_at,
        {{ utc_timestamp('updated') }} as updated_at

    from profiles
    where _deleted_at is null

)

select * from renamed
