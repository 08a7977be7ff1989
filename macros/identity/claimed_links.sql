{# Everything that one tool's record says about who is who: the record's own id, its
   address and login, each by itself and in pairs. relation has first_seen_at and a
   column for each kind of identifier, named like it. #}
{% macro claimed_links(relation, claimed_by, record_type, known_by) %}
    {{ claimed_link(relation, claimed_by, record_type) }}
    {% for identifier_type in known_by %}
        union all
        {{ claimed_link(relation, claimed_by, identifier_type) }}
        union all
        {{ claimed_link(relation, claimed_by, record_type, identifier_type) }}
    {% endfor %}
    {% if 'email' in known_by and 'user_id' in known_by %}
        union all
        {{ claimed_link(relation, claimed_by, 'user_id', 'email') }}
    {% endif %}
{% endmacro %}
