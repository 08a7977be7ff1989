-- The wide table and the long one are two views of the same choice.
{% set wide = [
    'email', 'first_name', 'last_name', 'phone', 'city', 'country_code', 'customer_type',
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
            {{ name }} as trait_value
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
        traits.trait_value as chosen_value
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
    and not (trait_name = 'customer_type' and chosen_value is null)
    and coalesce(trait_value, '') <> coalesce(chosen_value, '')
