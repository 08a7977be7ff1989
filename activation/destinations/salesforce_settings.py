"""What a destination of kind ``salesforce`` takes in ``headwater.yml``."""

from __future__ import annotations

from cdp.workspace_forms import ADDRESS
from cdp.workspace_schema import Kind, Setting

_FIELDS = Setting(
    "fields",
    "Salesforce's field, with a path of the event, {constant: …} or {template: …}.",
    is_required=False,
    kind="object",
    each=Setting("*", "Where the value comes from.", or_kinds=("object",)),
)

KIND = Kind(
    "salesforce",
    "Records of a Salesforce org.",
    settings=(
        Setting(
            "url",
            "Address of the org: https://COMPANY.my.salesforce.com.",
            form=ADDRESS,
        ),
        Setting("client_id", "Of a connected app with client credentials."),
        Setting("client_secret", "Its secret.", is_secret=True),
        Setting(
            "object",
            "What an identify creates or updates.",
            default="Contact",
        ),
        Setting(
            "external_id_field",
            "Its field that holds the userId; without it no identify is sent.",
            is_required=False,
        ),
        _FIELDS,
        Setting(
            "account_external_id_field",
            "Field of Account that holds the groupId; without it no group is sent.",
            is_required=False,
        ),
        Setting(
            "events",
            "Which events become a record, and of which object.",
            is_required=False,
            kind="object",
            each=Setting(
                "*",
                "One event.",
                kind="object",
                keys=(
                    Setting("object", "Such as Task, Lead or CampaignMember."),
                    Setting(
                        "external_id_field",
                        "Its field that holds the messageId.",
                        default="Message_Id__c",
                    ),
                    Setting(
                        "person_field",
                        "Its relationship to whom it is about, such as Who.",
                        is_required=False,
                    ),
                    _FIELDS,
                ),
            ),
        ),
    ),
    purpose="sales",
)
