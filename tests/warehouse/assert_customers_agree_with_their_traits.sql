-- The wide table and the long one are two views of the same choice: every column of the
-- one that is a trait of the other says the same.
{% set wide = [
    'email', 'first_name', 'last_name', 'phone', 'birth_date', 'city', 'country_code',
    'account_name', 'customer_type', 'lead_status', 'is_email_subscriber',
] %}

with customers as (

    select * from {{ ref('customers') }}

),

traits as (

    select * from {{ ref('customer_traits') }}

),

unpivoted as (

    {% for name in wide %}
        select
            customer_id,
            '{{ name }}' as trait_name,
            cast({{ name }} as {{ dbt.type_string() }}) as trait_value
        from customers
        where {{ name }} is not null
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

),

compared as (

    select
        coalesce(unpivoted.customer_id, traits.customer_id) as customer_id,
        coalesce(unpivoted.trait_name, traits.trait_name) as trait_name,
        unpivoted.trait_value,
        -- a day may be written in more than one way
        case
            when traits.trait_name = 'birth_date'
                then
                    cast(
                        try_cast(traits.trait_value as date)
                        as {{ dbt.type_string() }}
                    )
            else traits.trait_value
        end as chosen_value
    from unpivoted
    full join traits
        on
            unpivoted.customer_id = traits.customer_id
            and unpivoted.trait_name = traits.trait_name

)

select * from compared
where
    trait_name in ('{{ wide | join("', '") }}')
    -- of strangers nothing is assumed in the long table
    and not (
        trait_name in ('customer_type', 'is_email_subscriber')
        and chosen_value is null
        and trait_value in ('retail', 'false')
    )
    and coalesce(trait_value, '') <> coalesce(chosen_value, '')
