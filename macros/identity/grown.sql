{# The name of a later model as earlier builds left it, for models that find out what
   changed since. Empty where this build makes everything anew: the later model is not
   there yet, a full refresh, a change of the rules, the preview. #}
{% macro grown_relation(model_name, rules) -%}
    {%- if execute and target.name != 'preview' and not flags.FULL_REFRESH -%}
        {%- set relation = adapter.get_relation(
            database=this.database, schema=this.schema, identifier=model_name
        ) -%}
        {%- if relation -%}
            {%- set found = run_query(
                'select count(*) from ' ~ relation
                ~ " where rules_version <> '" ~ rules ~ "'"
            ) -%}
            {%- if found.columns[0].values()[0] == 0 -%}{{ relation }}{%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# The rules of refusal as a short text: where it changes, every link is judged again. #}
{% macro rules_version() -%}
    {%- set seeds = [
        ref('identity_blocked_values'), ref('identity_limits'),
        ref('identity_priorities'), ref('identity_cut_links'),
    ] -%}
    {%- if execute and target.name != 'preview' -%}
        {%- set rules = [nobody_pattern(), role_pattern()] -%}
        {%- for seed in seeds -%}
            {%- for row in run_query('select * from ' ~ seed).rows -%}
                {%- do rules.append(row.values() | join('|')) -%}
            {%- endfor -%}
        {%- endfor -%}
        {{ local_md5(rules | sort | join('; ')) }}
    {%- endif -%}
{%- endmacro %}

{# When the newest row of a relation changed; 1970 while it is empty. #}
{% macro newest_in(relation) -%}
    (
        select coalesce(max(grown.changed_at), cast('1970-01-01' as timestamp))
        from {{ relation }} as grown
    )
{%- endmacro %}

{# Stops a model that is to be made anew from a part: its input must be whole too. #}
{% macro require_whole(relation) -%}
    {%- if execute and not is_incremental() and target.name != 'preview' -%}
        {%- set found = run_query(
            'select count(*) from ' ~ relation ~ ' where not is_whole'
        ) -%}
        {%- if found.columns[0].values()[0] > 0 -%}
            {{ exceptions.raise_compiler_error(
                'A full refresh of ' ~ this.identifier ~ ' needs all of identity: '
                ~ 'dbt build --full-refresh --select +customer_identifiers'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
