{# Whether an event happened where somebody was at a device, seen from its own row. What a
   tool's webhook or a back end reports may name the device, but nobody need be there; a
   back end that passes on what a visitor did says in which browser, or on which page. #}
{% macro happened_on_device() -%}
    (
        event_type in ('page', 'screen')
        or (
            coalesce(event_name, '') not in (
                'order_completed', 'order_updated', 'order_cancelled', 'order_refunded'
            )
            and (
                coalesce(sdk_channel_name, '') <> 'server'
                or {{ json_text('context_json', 'userAgent') }} is not null
                or {{ json_text('context_json', 'page.path') }} is not null
                or {{ json_text('context_json', 'page.url') }} is not null
            )
            and {{ json_text('context_json', 'integration.name') }} is null
        )
    )
{%- endmacro %}
