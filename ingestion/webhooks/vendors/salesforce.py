"""Salesforce outbound messages: SOAP, up to a hundred records a request (G-16).

Source: Salesforce's Workflow Outbound Messaging. There is no signature: the sender is
known by a secret in the address or as Basic password, and by its organisation's id. It
sends again for 24 hours until it reads an acknowledgement.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

from cdp.errors import Rejected
from ingestion.webhooks.arrived import Arrived, Table, Vendor, Who, amount, text_of

ACKNOWLEDGED = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
    '<soapenv:Body><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound">'
    "<Ack>true</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>"
)
_CALL = {
    "call_id": "Id",
    "subject": "Subject",
    "disposition": "CallDisposition",
    "duration_seconds": ("CallDurationInSeconds", amount),
    "owner_id": "OwnerId",
    "lead_id": "WhoId",
}
_MEETING = {
    "meeting_id": "Id",
    "subject": "Subject",
    "owner_id": "OwnerId",
    "lead_id": "WhoId",
}
_OPPORTUNITY = {
    "opportunity_id": "Id",
    "opportunity_name": "Name",
    "stage_name": "StageName",
    "amount": ("Amount", amount),
    "currency": "CurrencyIsoCode",
}
TYPES: Table = {
    "Call": ("sales_call_completed", _CALL),
    "Event": ("sales_meeting_held", _MEETING),
    "Opportunity": ("opportunity_stage_changed", _OPPORTUNITY),
}


def read(content: bytes) -> dict[str, Any]:
    """Return a message as plain values.

    Raises:
        Rejected: It is no outbound message; one with a document type is not read.
    """
    root = _parsed(content)
    items = []
    for notification in _named(root, "Notification"):
        found: dict[str, Any] = {}
        for child in notification:
            if _tag(child) == "Id":
                found["notification_id"] = child.text
            elif _tag(child) == "sObject":
                found |= {_tag(each): each.text for each in child}
                found["object"] = _type_of(child)
        items.append(found)
    if not items:
        raise Rejected("the body has no notification")
    organization = next(iter(_named(root, "OrganizationId")), None)
    return {
        "organization_id": "" if organization is None else organization.text,
        "notifications": items,
    }


def _parsed(content: bytes) -> Element:
    # entities are what makes XML dangerous, and they need a document type
    if b"\0" in content:  # UTF-16 would hide what is looked for next
        raise Rejected("the body is not in UTF-8")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Rejected("the body has a document type; it is not read")
    parser = XMLParser()  # noqa: S314 - without document types there are no entities
    try:
        parser.feed(content)
        return parser.close()
    except ParseError as error:
        raise Rejected("the body is not valid XML") from error


def _tag(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _named(root: Element, name: str) -> list[Element]:
    return [each for each in root.iter() if _tag(each) == name]


def _type_of(element: Element) -> str:
    written = next(
        (value for name, value in element.attrib.items() if name.endswith("}type")), ""
    )
    return written.rsplit(":", 1)[-1]


def events_of(body: Any, headers: Mapping[str, str]) -> list[Arrived]:
    """Return the events of a message that ``read`` has read."""
    del headers
    return [_arrived(item) for item in body["notifications"]]


def _arrived(item: Any) -> Arrived:
    kind = str(item.get("object"))
    is_call = "Call" in (item.get("TaskSubtype"), item.get("Type"))
    if kind == "Task" and is_call and item.get("Status") in {None, "Completed"}:
        kind = "Call"
    if kind == "Event" and _is_to_come(item):
        kind = "Event to come"
    own_id: str | None = (
        f"{item.get('Id')}-{item.get('SystemModstamp') or item.get('StageName')}"
    )
    if kind in {"Call", "Event"}:
        own_id = str(item.get("Id"))
    if not item.get("Id"):
        own_id = None
    when = ("ActivityDateTime", "CompletedDateTime", "SystemModstamp", "CreatedDate")
    timestamp = next((item[name] for name in when if item.get(name)), None)
    return Vendor("salesforce", TYPES, _who).arrived(kind, item, own_id, timestamp)


def _is_to_come(item: Any) -> bool:
    begins = text_of(item.get("StartDateTime") or item.get("ActivityDateTime"))
    try:
        return begins is not None and datetime.fromisoformat(begins) > datetime.now(UTC)
    except (TypeError, ValueError):
        return False


def _who(item: Any) -> Who:
    return Who(
        text_of(item.get("User_Id__c")),
        text_of(item.get("WhoId") or item.get("AccountId") or item.get("ContactId")),
        text_of(item.get("Email__c")),
    )
