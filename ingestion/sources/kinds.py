"""What each kind of source takes in ``headwater.yml``."""

from __future__ import annotations

from cdp.workspace_forms import ADDRESS, SPAN_OR_NEVER
from cdp.workspace_schema import Kind, Setting

SALESFORCE_OBJECTS = ("Lead", "Account", "Opportunity", "OpportunityHistory", "Task")
VENDORS = (
    "stripe",
    "shopify",
    "sendgrid",
    "customerio",
    "intercom",
    "hubspot",
    "salesforce",
    "zendesk",
    "segment",
    "generic",
)

_SLOWEST = 0.001  # events a second


def _optional(name: str, description: str) -> Setting:
    return Setting(name, description, is_required=False)


_COMPARE = Setting(
    "compare",
    "How often all ids are listed to notice deletes; `never` does not.",
    default="1d",
    form=SPAN_OR_NEVER,
)
EVENTS = Kind(
    "events",
    "Events of websites, apps and servers, sent by an SDK to the collector.",
    (
        Setting("write_key", "What the SDK is set up with.", is_secret=True),
        Setting(
            "events_per_second",
            "Beyond this rate the collector asks the SDK to send later.",
            is_required=False,
            kind="number",
            least=_SLOWEST,
        ),
    ),
)
WEBHOOK = Kind(
    "webhook",
    "Events that a tool posts to /v1/webhook/<name of the source>.",
    (
        Setting("vendor", "Whose signature and body it is.", choices=VENDORS),
        Setting(
            "secret",
            "What the vendor signs with; a list while one replaces another.",
            is_secret=True,
            or_kinds=("list",),
        ),
        Setting(
            "events_per_second",
            "Beyond this rate the vendor is asked to post later.",
            is_required=False,
            kind="number",
            least=_SLOWEST,
        ),
        _optional("organization_id", "Salesforce: the organisation that may post."),
        Setting(
            "signature",
            "Generic: how the sender signs; without it, it sends the secret.",
            is_required=False,
            kind="object",
            keys=(
                Setting("header", "Which header has the signature."),
                Setting(
                    "algorithm",
                    "HMAC with this hash.",
                    default="sha256",
                    choices=("sha1", "sha256", "sha512"),
                ),
                Setting("encoding", "How.", default="hex", choices=("hex", "base64")),
                _optional("prefix", "What stands before it, such as sha256=."),
                _optional("timestamp_header", "Which header has the time, if any."),
                Setting(
                    "signed",
                    "What is signed, of {timestamp} and {body}.",
                    default="{body}",
                ),
            ),
        ),
        _optional("event", "Generic: our event, or the path of their type."),
        Setting(
            "event_names",
            "Generic: our event by their type; other types are set apart.",
            is_required=False,
            kind="object",
            each=Setting("event", "Its name in the tracking plan."),
        ),
        _optional("split", "Generic: path of the list of items in a body."),
        _optional("message_id", "Generic: path of the event's id."),
        _optional("user_id", "Generic: path of our own login."),
        _optional("customer_id", "Generic: path of their id of the person."),
        _optional("email", "Generic: path of the address."),
        _optional("timestamp", "Generic: path of the time."),
        Setting(
            "properties",
            "Generic: path by our property; all of the item without it.",
            is_required=False,
            kind="object",
            each=Setting("path", "Where its value stands in an item."),
        ),
    ),
)
SALESFORCE = Kind(
    "salesforce",
    "Leads, accounts, opportunities, tasks and calls of a Salesforce org.",
    (
        Setting(
            "url",
            "Address of the org, such as https://acme.my.salesforce.com.",
            form=ADDRESS,
        ),
        Setting("client_id", "Consumer key of the connected app."),
        Setting("client_secret", "Its consumer secret.", is_secret=True),
        Setting(
            "fields",
            "More fields to read, by object, such as Lead: [Score__c].",
            is_required=False,
            kind="object",
            keys=tuple(
                Setting(name, "Their API names.", kind="list", is_required=False)
                for name in SALESFORCE_OBJECTS
            ),
        ),
        _COMPARE,
    ),
    purpose="sales",
)
STRIPE = Kind(
    "stripe",
    "Customers, prices, invoices, charges, refunds and subscriptions of Stripe.",
    (Setting("api_key", "A restricted key that may read.", is_secret=True),),
    url_default="https://api.stripe.com",
)
SHOPIFY = Kind(
    "shopify",
    "Orders, customers and products of Shopify.",
    (
        Setting(
            "url",
            "Address of the store, such as https://acme.myshopify.com.",
            form=ADDRESS,
        ),
        Setting("access_token", "Of an app that may read.", is_secret=True),
        _COMPARE,
    ),
)
ZENDESK = Kind(
    "zendesk",
    "Tickets, users and comments of Zendesk.",
    (
        Setting(
            "url",
            "Address of the account, such as https://acme.zendesk.com.",
            form=ADDRESS,
        ),
        Setting("email", "Whose token it is."),
        Setting("api_token", "The token.", is_secret=True),
    ),
    purpose="support",
)
KLAVIYO = Kind(
    "klaviyo",
    "Profiles, campaigns and email events of Klaviyo.",
    (Setting("api_key", "A private key that may read.", is_secret=True), _COMPARE),
    purpose="messaging",
    url_default="https://a.klaviyo.com",
)
HUBSPOT = Kind(
    "hubspot",
    "Contacts, companies and deals of a HubSpot account.",
    (
        Setting(
            "token", "Access token of a private app that may read.", is_secret=True
        ),
        Setting(
            "properties",
            "More properties to read, by object, such as contacts: [lifetime_value].",
            is_required=False,
            kind="object",
            each=Setting("*", "Internal names.", kind="list"),
        ),
        _COMPARE,
    ),
    purpose="sales",
    url_default="https://api.hubapi.com",
)
