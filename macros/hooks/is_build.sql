{# Whether dbt is about to build or test. SQLMesh runs the same hooks, but its preview file
   has views onto what was loaded and needs neither check nor table. #}
{% macro is_build() %}
    {{ return(
        execute
        and target.name != 'preview'
        and flags.WHICH in ['run', 'build', 'test']
    ) }}
{% endmacro %}
