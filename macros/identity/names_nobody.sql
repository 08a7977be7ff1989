{# Whether a value names nobody, by its looks alone: nothing but zeros (the empty uuid
   too), one character again and again, a word for nothing or for a trial, with or without
   brackets and quotes, a template that was never filled in, an object where text was
   meant, an address that is none. Five equal digits and less may be somebody's number,
   such as user 7 or 111. #}
{% macro names_nobody(identifier_type, value) -%}
    {%- set bare = bare_value(value) -%}
    {#- a cheap question first: nearly all values begin like none of these -#}
    case
        when {{ value }} is null then false
        when not {{ matches_pattern(value, suspicious_pattern()) }} then false
        when {{ bare }} = '' then true
        when {{ may_repeat(bare) }} and {{ is_repeated(bare) }}
            then not {{ matches_pattern(bare, '^([1-9]{1,5}|[a-z]{1,2})$') }}
        when
            substring({{ value }}, 1, 2) in (
                '{% raw %}{{{% endraw %}', '{% raw %}{%{% endraw %}', '${', '#{', '%{', '%%',
                '{"', '["', '[{'
            )
            or substring({{ value }}, 1, 1) = '<'
            then true
        else {{ matches_pattern(bare, nobody_pattern()) }}
    end
    or case
        when {{ value }} is null or {{ identifier_type }} <> 'email' then false
        when
            {{ value }} not like '_%@_%.__%'
            or {{ value }} like '%@%@%'
            or {{ value }} like '%@%..%'
            or {{ value }} like '%.'
            or {{ value }} like '%.invalid'
            {% for sign in (' ', ',', ';', '<', '"') -%}
                or {{ value }} like '%{{ sign }}%'
            {% endfor %}
            then true
        when substring({{ value }}, 1, 1) = substring({{ value }}, 2, 1)
            then
                {{ is_repeated(dbt.split_part(value, "'@'", 1)) }}
                and length({{ dbt.split_part(value, "'@'", 1) }}) >= 3
        else false
    end
{%- endmacro %}

{# A value in lower case without the signs that stand around and between words. #}
{% macro bare_value(value) -%}
    translate(lower({{ value }}), '-_ .+/()[]{}<>"''`$%#:?!*', '')
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

{# Words for nobody, alone or as the mailbox of an address, without signs in them; of the
   plainest pattern each, with three plain letters first. #}
{% macro words_for_nobody() -%}
    {{ return(
        'null nullnull none undefined undefinedundefined unknown anonymous anon guest'
        ~ ' nobody noone noname noemail nomail noreply.* donotreply.* notprovided'
        ~ ' notavailable notapplicable notset asdf+ asdfasdf qwerty example sample invalid'
        ~ ' deleted deleteduser removed bounces? youremail yourname'
        ~ ' test(ing|er|user|account|e?mail)?[0-9]{0,6} fake[0-9]{0,6} dummy[0-9]{0,6}'
    ) }}
{%- endmacro %}

{# Words that are no id; as the mailbox of an address they may be somebody's name. The
   last two are what many Android devices say of themselves. #}
{% macro words_for_no_id() -%}
    {{ return(
        'nil nan na inf infinity true false empty blank missing void error redacted'
        ~ ' optout default demo system object(object|undefined|null) user userid'
        ~ ' useridentifier username customer customerid visitor visitorid id uid uuid'
        ~ ' distinctid anonymousid deviceid sessionid clientid yourid youruserid email'
        ~ ' emailaddress anonymous(user|customer|visitor) guest(user|customer|checkout)'
        ~ ' unknown(user|customer) unidentified loggedout notloggedin notsignedin'
        ~ ' notauthenticated unauthenticated 9774d56d682e549c lmy47d'
    ) }}
{%- endmacro %}

{# How values begin that may name nobody: like a word for it, with one character three
   times, with a sign among the first three, or with no more than two. #}
{% macro suspicious_pattern() -%}
    {%- set beginnings = ['.?.?[^A-Za-z0-9]', '..?$'] -%}
    {%- for one in '0123456789abcdefghijklmnopqrstuvwxyz' -%}
        {%- do beginnings.append('[' ~ one ~ one | upper ~ ']{3}') -%}
    {%- endfor -%}
    {%- for word in (words_for_nobody() ~ ' ' ~ words_for_no_id()).split() -%}
        {%- set beginning = [] -%}
        {%- for one in word[:3] -%}
            {%- do beginning.append('[' ~ one ~ one | upper ~ ']') -%}
        {%- endfor -%}
        {%- do beginnings.append(beginning | join) -%}
    {%- endfor -%}
    {{ return('^(' ~ beginnings | unique | join('|') ~ ')') }}
{%- endmacro %}

{# Both kinds of words as one pattern for a bare value. #}
{% macro nobody_pattern() -%}
    {{ return(
        '^(' ~ words_for_nobody().split() | join('|') ~ ')(@.*)?$'
        ~ '|^(' ~ words_for_no_id().split() | join('|') ~ ')$'
    ) }}
{%- endmacro %}

{# Whether an address belongs to a role and thereby to whoever has it today. #}
{% macro is_role_address(value) -%}
    {{ matches_pattern(value, role_pattern()) }}
{%- endmacro %}

{# Mailboxes of roles. #}
{% macro role_pattern() -%}
    {{ return(
        '^(info|sales|contact|hello|office|admin|administrator|support|help|helpdesk'
        ~ '|service|customerservice|billing|accounts?|accounting|finance|invoices?'
        ~ '|orders?|purchasing|shop|store|mail|mailbox|team|marketing|press|media|hr'
        ~ '|jobs|careers|legal|privacy|security|abuse|postmaster|webmaster|hostmaster'
        ~ '|mailer-daemon'
        ~ '|root|newsletter|notifications?|reception|enquiries|inquiries|kontakt'
        ~ '|contacto|contatti)([-_.+][^@]*)?@'
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
