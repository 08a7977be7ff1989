{# Connected components by randomised contraction (Bögeholz, Brand, Todor: In-database
   connected component analysis, ICDE 2020), as a pre-hook: a model's body then reads
   scratch_table(name), with node_number and component_label.

   Each round renumbers all nodes by a random bijection h(x) = a * x + b modulo a prime,
   lets every node take the lowest new number among itself and its neighbours, and merges
   the nodes that took the same. No node with a link keeps the highest number of its
   component, so every round removes nodes and the loop ends; a round is expected to
   remove a quarter of them, whatever the shape of the graph, so it ends after
   O(log n) rounds, also for a chain. Then the rounds are read back to front: what a node
   became, became what the next round made of that.

   links: a relation with left_number and right_number, positive and below the prime;
   a link twice or the wrong way round is no harm.
   condition: which links count. #}
{% macro contract_links(links, condition, name) %}
    {% if not execute %}{{ return('') }}{% endif %}
    {% set prime = 2147483647 %}
    {% set rounds = [] %}
    {% set state = namespace(linked=true, a=1, b=0) %}
    {% do create_scratch_table(
        name ~ '_links',
        'select left_number, right_number from ' ~ links ~ ' where ' ~ condition
        ~ ' and left_number <> right_number'
    ) %}
    {% for _ in range(200) if state.linked %}
        {# Jinja's sandbox allows no long range: two digits to the base 46340 #}
        {% set a = (range(1, 46340) | random) * 46340 + (range(46340) | random) %}
        {% set b = (range(46340) | random) * 46340 + (range(46340) | random) %}
        {% do rounds.append({'a': a, 'b': b}) %}
        {% set taken = name ~ '_taken_' ~ rounds | length %}
        {% do create_scratch_table(
            taken, lowest_neighbours(scratch_table(name ~ '_links'), a, b, prime)
        ) %}
        {% do create_scratch_table(
            name ~ '_contracted',
            contracted_links(scratch_table(name ~ '_links'), scratch_table(taken))
        ) %}
        {% do create_scratch_table(
            name ~ '_links', 'select * from ' ~ scratch_table(name ~ '_contracted')
        ) %}
        {% set left_over = run_query(
            'select count(*) as link_count from ' ~ scratch_table(name ~ '_links')
        ) %}
        {% set state.linked = left_over.columns[0].values()[0] > 0 %}
    {% endfor %}
    {% if state.linked %}
        {% do exceptions.raise_compiler_error(
            'The links did not contract in 200 rounds: ' ~ links ~ ' is not sound'
        ) %}
    {% endif %}
    {% set final = namespace(table=scratch_table(name ~ '_taken_' ~ rounds | length)) %}
    {% for step in range(rounds | length - 1, 0, -1) %}
        {# a node whose component was complete before a round is renumbered all the same,
           so that it keeps clear of the others' numbers #}
        {% set state.b = (state.a * rounds[step].b + state.b) % prime %}
        {% set state.a = (state.a * rounds[step].a) % prime %}
        {% set read_back = name ~ '_read_back_' ~ step %}
        {% do create_scratch_table(
            read_back,
            read_back_labels(
                scratch_table(name ~ '_taken_' ~ step), final.table,
                renumbered_node('earlier.component_label', state.a, state.b, prime)
            )
        ) %}
        {% set final.table = scratch_table(read_back) %}
    {% endfor %}
    {% do create_scratch_table(name, 'select * from ' ~ final.table) %}
    {% for step in range(1, rounds | length + 1) %}
        {% do drop_scratch_table(name ~ '_taken_' ~ step) %}
        {% do drop_scratch_table(name ~ '_read_back_' ~ step) %}
    {% endfor %}
    {% do drop_scratch_table(name ~ '_links') %}
    {% do drop_scratch_table(name ~ '_contracted') %}
{% endmacro %}

{% macro renumbered_node(number, a, b, prime) -%}
    mod(cast({{ a }} as bigint) * {{ number }} + {{ b }}, {{ prime }})
{%- endmacro %}

{% macro lowest_neighbours(links, a, b, prime) %}
    select
        neighbours.node_number,
        least(
            min({{ renumbered_node('neighbours.neighbour_number', a, b, prime) }}),
            {{ renumbered_node('neighbours.node_number', a, b, prime) }}
        ) as component_label
    from (
        select left_number as node_number, right_number as neighbour_number
        from {{ links }}
        union all
        select right_number as node_number, left_number as neighbour_number
        from {{ links }}
    ) as neighbours
    group by neighbours.node_number
{% endmacro %}

{% macro contracted_links(links, taken) %}
    select distinct
        least(lefts.component_label, rights.component_label) as left_number,
        greatest(lefts.component_label, rights.component_label) as right_number
    from {{ links }} as links
    inner join {{ taken }} as lefts on links.left_number = lefts.node_number
    inner join {{ taken }} as rights on links.right_number = rights.node_number
    where lefts.component_label <> rights.component_label
{% endmacro %}

{% macro read_back_labels(taken, later, renumbered) %}
    select
        earlier.node_number,
        coalesce(later.component_label, {{ renumbered }}) as component_label
    from {{ taken }} as earlier
    left join {{ later }} as later on earlier.component_label = later.node_number
{% endmacro %}
