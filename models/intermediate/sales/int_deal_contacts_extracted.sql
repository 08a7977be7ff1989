with deals as (

    select * from {{ ref('stg_hubspot__deals') }}

),

listed as (

    {{ json_values('deals', ['deal_id'], 'contact_ids_json', 'contact_id') }}

),

extracted as (

    select distinct
        deal_id,
        contact_id
    from listed
    where contact_id is not null

)

select * from extracted
