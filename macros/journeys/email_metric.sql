{# What an event of an email tool is called, whichever tool it is: the names of the tool
   that is loaded. Null for every other event. #}
{% macro email_metric(event_name) -%}
    case {{ event_name }}
        when 'email_delivered' then 'Received Email'
        when 'email_opened' then 'Opened Email'
        when 'email_link_clicked' then 'Clicked Email'
        when 'email_bounced' then 'Bounced Email'
        when 'email_marked_as_spam' then 'Marked Email as Spam'
        when 'email_unsubscribed' then 'Unsubscribed from Email Marketing'
    end
{%- endmacro %}
