{# This model has as many rows as another relation, of which a condition may be asked. #}
{% test row_count_matches(model, compare_to, condition='true', compare_condition='true') %}
select counted.here_count, counted.there_count
from (
    select
        (select count(*) from {{ model }} where {{ condition }}) as here_count,
        (select count(*) from {{ compare_to }} where {{ compare_condition }})
            as there_count
) as counted
where counted.here_count <> counted.there_count
{% endtest %}
