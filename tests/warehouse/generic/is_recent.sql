{# The newest value of a time is at most so many days before as_of(); an empty model
   passes, for there is nothing to be late. #}
{% test is_recent(model, column_name, days) %}
select newest.newest_at
from (select max({{ column_name }}) as newest_at from {{ model }}) as newest
where newest.newest_at < {{ dbt.dateadd('day', -days, as_of()) }}
{% endtest %}
