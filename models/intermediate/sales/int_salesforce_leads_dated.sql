with leads as (

    select
        *,
        cast(converted_date as {{ dbt.type_timestamp() }}) as day_began_at
    from {{ ref('stg_salesforce__leads') }}

),

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

-- days of Salesforce are those of its user, wherever that is
bounded as (

    select
        leads.*,
        accounts.created_at as account_created_at,
        {{ dbt.dateadd('day', -1, 'leads.day_began_at') }} as earliest_at,
        {{ dbt.dateadd('day', 1, 'leads.day_began_at') }} as day_ended_at,
        {{ dbt.dateadd('day', 2, 'leads.day_began_at') }} as latest_at
    from leads
    left join accounts on leads.converted_account_id = accounts.account_id

),

-- an account may have been there for years, and a lead is changed long after
dated as (

    select
        lead_id,
        converted_account_id,
        email,
        company_name,
        lead_source,
        lead_status,
        employee_count,
        is_converted,
        is_qualified,
        created_at,
        updated_at,
        case
            when converted_date is null then null
            when account_created_at >= earliest_at and account_created_at < latest_at
                then account_created_at
            else least(updated_at, day_ended_at)
        end as converted_at
    from bounded

)

select * from dated
