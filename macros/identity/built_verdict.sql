{# The verdict on a link that earlier builds came to, where it is the same still. #}
{% macro built_verdict(judged) -%}
    select 1
    from {{ this }} as built
    where
        {{ is_same_link('built', judged) }}
        and coalesce(built.refusal_reason, '') = coalesce({{ judged }}.refusal_reason, '')
        and coalesce(built.refusal_explanation, '')
        = coalesce({{ judged }}.refusal_explanation, '')
        and built.claimed_by = {{ judged }}.claimed_by
        and coalesce(built.first_seen_at, {{ judged }}.changed_at)
        = coalesce({{ judged }}.first_seen_at, {{ judged }}.changed_at)
        and built.rules_version = {{ judged }}.rules_version
{%- endmacro %}
