{# Whether a value names nobody, by its looks alone: nothing but zeros (the empty uuid
   too), one character again and again, a word for nothing or for a trial, a template
   that was never filled in, an address that is none. Five equal digits and less may be
   somebody's number, such as user 7 or 111. #}
{% macro names_nobody(identifier_type, value) -%}
    {%- set bare = "replace(lower(" ~ value ~ "), '-', '')" -%}
    {#- cheap questions first: patterns are matched for the few values they may fit -#}
    case
        when {{ value }} is null then false
        when {{ bare }} = '' then true
        when {{ may_repeat(bare) }} and {{ is_repeated(bare) }}
            then not {{ matches_pattern(bare, '^([1-9]{1,5}|[a-z]{1,2})$') }}
        when
            substring(lower({{ value }}), 1, 2) in (
                'nu', 'no', 'un', 'an', 'gu', 'as', 'qw', 'do', 'te', 'fa', 'du', 'n/',
                '{% raw %}{{{% endraw %}', '${', '%%', '%{', '[o'
            )
            or {{ value }} like '<%'
            then {{ matches_pattern("lower(" ~ value ~ ")", nobody_pattern()) }}
        else false
    end
    or case
        when {{ value }} is null or {{ identifier_type }} <> 'email' then false
        when
            {{ value }} not like '_%@_%.__%'
            or {{ value }} like '%@%@%'
            or {{ value }} like '% %'
            or {{ value }} like '%.'
            then true
        when substring({{ value }}, 1, 1) = substring({{ value }}, 2, 1)
            then
                {{ is_repeated(dbt.split_part(value, "'@'", 1)) }}
                and length({{ dbt.split_part(value, "'@'", 1) }}) >= 3
        else false
    end
{%- endmacro %}

{# Whether a text begins and ends with one character. #}
{% macro may_repeat(value) -%}
    substring({{ value }}, 1, 1)
    = substring({{ value }}, length({{ value }}), 1)
{%- endmacro %}

{# Whether a text is one character again and again. #}
{% macro is_repeated(value) -%}
    replace({{ value }}, substring({{ value }}, 1, 1), '') = ''
{%- endmacro %}

{# Words for nobody, alone or as the mailbox of an address, and empty templates. #}
{% macro nobody_pattern() -%}
    {{ return(
        '^(null|none|undefined|unknown|anonymous|guest|nobody|asdf+|qwerty'
        ~ '|no[-_.]?(e?mail|one|name|reply)|do[-_.]?not[-_.]?reply'
        ~ '|(test(ing|er|[-_.]?(user|account|e?mail))?|fake|dummy)[-_.+]?[0-9]{0,6}'
        ~ ')(@.*)?$'
        ~ '|^([{][{]|[$][{]|%[%{]|<[%a-z]|[[]object)'
    ) }}
{%- endmacro %}

{# Whether an address belongs to a role and thereby to whoever has it today. #}
{% macro is_role_address(value) -%}
    {{ matches_pattern(
        value,
        '^(info|sales|contact|hello|office|admin|administrator|support|help|helpdesk'
        ~ '|service|customerservice|billing|accounts?|accounting|finance|invoices?'
        ~ '|orders?|purchasing|shop|store|mail|mailbox|team|marketing|press|media|hr'
        ~ '|jobs|careers|legal|privacy|security|abuse|postmaster|webmaster|hostmaster'
        ~ '|root|newsletter|reception|enquiries|inquiries|kontakt|contacto|contatti'
        ~ ')([-_.+][^@]*)?@'
    ) }}
{%- endmacro %}

{# Whether a text matches a regular expression of the plainest kind. #}
{% macro matches_pattern(value, pattern) -%}
    {{ return(adapter.dispatch('matches_pattern')(value, pattern)) }}
{%- endmacro %}

{% macro default__matches_pattern(value, pattern) -%}
    regexp_like({{ value }}, '{{ pattern }}')
{%- endmacro %}

{% macro duckdb__matches_pattern(value, pattern) -%}
    regexp_matches({{ value }}, '{{ pattern }}')
{%- endmacro %}

{% macro postgres__matches_pattern(value, pattern) -%}
    ({{ value }} ~ '{{ pattern }}')
{%- endmacro %}
