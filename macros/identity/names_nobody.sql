{# Whether a value names nobody, by its looks alone: nothing but zeros (the empty uuid
   too), one character again and again, a word for nothing or for a trial, with or without
   brackets and quotes, a template that was never filled in, an object where text was
   meant, an address that is none. Five equal digits and less may be somebody's number,
   such as user 7 or 111. #}
{% macro names_nobody(identifier_type, value) -%}
    {%- set round -%}
        replace(replace(lower({{ value }}), '[', '('), ']', ')')
    {%- endset -%}
    coalesce({{ matches_pattern(round, nobody_pattern()) }}, false)
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

{# Whether a text is one character again and again. #}
{% macro is_repeated(value) -%}
    replace({{ value }}, substring({{ value }}, 1, 1), '') = ''
{%- endmacro %}

{# Words for nobody, alone or as the mailbox of an address; _ is any signs or none. #}
{% macro words_for_nobody() -%}
    {{ return(
        'null(_null)* none undefined(_undefined)* unknown anonymous anon guest nobody'
        ~ ' no_one no_name no_e?_mail no_reply.* do_not_reply.* not_provided not_set'
        ~ ' not_available not_applicable asdf+ asdf_asdf qwerty example sample invalid'
        ~ ' deleted(_user)? removed bounces? your_email your_name fake_[0-9]{0,6}'
        ~ ' dummy_[0-9]{0,6} test(ing|er|_user|_account|_e?_mail)?_[0-9]{0,6}'
    ) }}
{%- endmacro %}

{# Words that are no id; as the mailbox of an address they may be somebody's name. The
   last two are what many Android devices say of themselves. #}
{% macro words_for_no_id() -%}
    {{ return(
        'nil nan n_a inf infinity true false empty blank missing void error redacted'
        ~ ' opt_out default demo system object_(object|undefined|null)'
        ~ ' user(_id|_identifier|_name)? customer(_id)? visitor(_id)? id uid uuid'
        ~ ' (distinct|anonymous|device|session|client|your|your_user)_id'
        ~ ' email(_address)? (anonymous|unknown|guest)_(user|customer|visitor)'
        ~ ' guest_checkout unidentified logged_out not_(logged|signed)_in'
        ~ ' not_authenticated unauthenticated 9774d56d682e549c lmy47d'
    ) }}
{%- endmacro %}

{# How a value in lower case with round brackets looks that names nobody. Written for
   every engine's regular expressions: signs are the ranges of ASCII between letters. #}
{% macro nobody_pattern() -%}
    {%- set signs = '[ !-/:-?^-`{-~]*' -%}
    {%- set words = words_for_nobody().split() | join('|') -%}
    {%- set looks = [signs, '0(_0)*'] + words_for_no_id().split() -%}
    {%- for digit in '123456789' -%}
        {%- do looks.append(digit ~ '(_' ~ digit ~ '){5,}') -%}
    {%- endfor -%}
    {%- for letter in 'abcdefghijklmnopqrstuvwxyz' -%}
        {%- do looks.append(letter ~ '(_' ~ letter ~ '){2,}') -%}
    {%- endfor -%}
    {%- set whole -%}
        ^_(({{ words }})_(@.*)?|{{ looks | join('|') }})_$
    {%- endset -%}
    {{ return(
        whole | string | trim | replace('_', signs)
        ~ '|^([{][{%"]|[$#%][{]|%%|[(]["{]|<)'
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
