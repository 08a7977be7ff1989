"""What each vendor posts, and which of our events it becomes."""

from __future__ import annotations

from typing import Any

import pytest

SOAP = b"""<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:xsd="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>
<notifications xmlns="http://soap.sforce.com/2005/09/outbound">
<OrganizationId>00D000000000001EAA</OrganizationId><ActionId>04k1</ActionId>
<Notification><Id>04l1</Id><sObject xsi:type="sf:Task"
 xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>00T1</sf:Id>
<sf:TaskSubtype>Call</sf:TaskSubtype><sf:Subject>Pricing</sf:Subject>
<sf:CallDurationInSeconds>310</sf:CallDurationInSeconds><sf:WhoId>00Q1</sf:WhoId>
<sf:CreatedDate>2026-11-20T10:00:00.000Z</sf:CreatedDate></sObject></Notification>
<Notification><Id>04l2</Id><sObject xsi:type="sf:Opportunity"
 xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>0061</sf:Id>
<sf:StageName>Closed Won</sf:StageName><sf:Amount>1200.50</sf:Amount>
<sf:SystemModstamp>2026-11-20T11:00:00.000Z</sf:SystemModstamp></sObject></Notification>
</notifications></soapenv:Body></soapenv:Envelope>"""
SHOP_ORDER = {
    "id": 820982911946154500,
    "email": "jon@example.com",
    "processed_at": "2026-11-20T10:00:00-05:00",
    "total_price": "254.98",
    "total_line_items_price": "254.98",
    "total_discounts": "10.00",
    "subtotal_price": "244.98",
    "currency": "USD",
    "discount_codes": [{"code": "AUTUMN", "amount": "10.00"}],
    "customer": {"id": 115310627314723950},
    "line_items": [
        {
            "product_id": 632910392,
            "sku": "K-1",
            "title": "Kite",
            "price": "127.49",
            "quantity": 2,
        }
    ],
}
STRIPE_OBJECT = {
    "id": "ch_1",
    "object": "charge",
    "amount": 3050,
    "currency": "usd",
    "customer": "cus_1",
    "metadata": {"order_id": "o-1", "user_id": "u-1"},
    "billing_details": {"email": "jon@example.com"},
}
PRICE = {"nickname": "Gold", "unit_amount": 1990, "currency": "eur"}

# vendor, headers, body, then: event, properties that it has, user id, address
CASES: list[tuple[str, dict[str, str], Any, list[dict[str, Any]]]] = [
    (
        "stripe",
        {},
        {"id": "evt_1", "type": "charge.succeeded", "created": 1763632800,
         "data": {"object": STRIPE_OBJECT}},
        [{"messageId": "stripe-evt_1", "event": "payment_succeeded", "userId": "u-1",
          "properties": {"charge_id": "ch_1", "order_id": "o-1", "amount": 30.5,
                         "currency": "USD"},
          "email": "jon@example.com"}],
    ),
    (
        "stripe",
        {},
        {"id": "evt_2", "type": "customer.subscription.created", "created": 1763632800,
         "data": {"object": {"id": "sub_1", "customer": "cus_1",
                             "items": {"data": [{"price": PRICE}]}}}},
        [{"event": "subscription_started",
          "properties": {"subscription_id": "sub_1", "plan_name": "Gold",
                         "monthly_amount": 19.9, "currency": "EUR"}}],
    ),
    (
        "shopify",
        {"X_Shopify_Topic": "orders/paid"},
        SHOP_ORDER,
        [{"messageId": "shopify-order_completed-820982911946154500",
          "event": "order_completed", "email": "jon@example.com",
          "properties": {
              "order_id": "820982911946154500", "total": 254.98, "subtotal": 254.98,
              "discount": 10.0,
              "currency": "USD", "coupon_code": "AUTUMN",
              "products": [{"product_id": "632910392", "sku": "K-1", "name": "Kite",
                            "price": 127.49, "quantity": 2}]}}],
    ),
    (
        "shopify",
        {"X_Shopify_Topic": "refunds/create"},
        {"id": 5, "order_id": 82, "created_at": "2026-11-21T10:00:00Z",
         "transactions": [{"amount": "10.25", "currency": "USD"},
                          {"amount": "1.50", "currency": "USD", "status": "success"},
                          {"amount": "9.00", "currency": "USD", "status": "failure"}]},
        [{"event": "order_refunded",
          "properties": {"order_id": "82", "refund_id": "5", "total": 11.75,
                         "currency": "USD"}}],
    ),
    (
        "sendgrid",
        {},
        [{"email": "a@example.com", "timestamp": 1763632800, "event": "open",
          "sg_event_id": "e1", "sg_message_id": "m1", "user_id": "u-2"},
         {"email": "b@example.com", "timestamp": 1763632801, "event": "click",
          "sg_event_id": "e2", "sg_message_id": "m1", "url": "https://example.com/x"}],
        [{"event": "email_opened", "userId": "u-2", "properties": {"email_id": "m1"}},
         {"event": "email_link_clicked", "email": "b@example.com",
          "properties": {"email_id": "m1", "link_url": "https://example.com/x"}}],
    ),
    (
        "customerio",
        {},
        {"event_id": "01E", "object_type": "email", "metric": "bounced",
         "timestamp": 1763632800,
         "data": {"identifiers": {"id": "u-3", "email": "c@example.com"},
                  "delivery_id": "d1", "campaign_id": 9, "failure_message": "full"}},
        [{"event": "email_bounced", "userId": "u-3",
          "properties": {"email_id": "d1", "campaign_id": "9", "reason": "full"}}],
    ),
    (
        "intercom",
        {},
        {"type": "notification_event", "id": "notif_1", "created_at": 1763632800,
         "topic": "conversation.user.created",
         "data": {"item": {"type": "conversation", "id": "c1",
                           "source": {"subject": "Where is it",
                                      "author": {"id": "i1", "email": "d@example.com"}},
                           "contacts": {"contacts": [{"id": "i1",
                                                      "external_id": "u-4"}]}}}},
        [{"event": "support_contacted", "userId": "u-4", "email": "d@example.com",
          "properties": {"channel": "chat", "topic": "Where is it"}}],
    ),
    (
        "hubspot",
        {},
        [{"eventId": 1, "subscriptionId": 7,
          "subscriptionType": "contact.propertyChange",
          "objectId": 5, "occurredAt": 1763632800123, "propertyName": "email",
          "propertyValue": "e@example.com", "attemptNumber": 0},
         {"eventId": 2, "subscriptionId": 8, "subscriptionType": "deal.creation",
          "objectId": 6, "occurredAt": 1763632800123},
         {"eventId": 3, "subscriptionId": 9, "subscriptionType": "object.creation",
          "objectTypeId": "0-1", "objectId": 7, "occurredAt": 1763632800123}],
        [{"event": "contact_changed", "email": "e@example.com",
          "properties": {"contact_id": "5", "property_name": "email",
                         "changed_to": "e@example.com"}},
         {"event": "deal_created", "properties": {"deal_id": "6"}},
         {"event": "contact_created", "properties": {"contact_id": "7"}}],
    ),
    (
        "salesforce",
        {},
        SOAP,
        [{"messageId": "salesforce-00T1", "event": "sales_call_completed",
          "properties": {"call_id": "00T1", "subject": "Pricing", "lead_id": "00Q1",
                         "duration_seconds": 310.0}},
         {"event": "opportunity_stage_changed",
          "properties": {"opportunity_id": "0061", "stage_name": "Closed Won",
                         "amount": 1200.5}}],
    ),
    (
        "zendesk",
        {},
        {"id": "z1", "type": "zen:event-type:ticket.created",
         "time": "2026-11-20T10:00:00Z",
         "detail": {"id": "35", "subject": "Late", "requester_id": "77",
                    "via": {"channel": "email"}}},
        [{"event": "support_contacted",
          "properties": {"channel": "email", "topic": "Late"}}],
    ),
    (
        "segment",
        {},
        {"type": "track", "event": "Order Completed", "messageId": "s1",
         "userId": "u-5", "timestamp": "2026-11-20T10:00:00Z",
         "properties": {"order_id": "o", "total": 1.5, "currency": "USD",
                        "products": []}},
        [{"messageId": "s1", "event": "order_completed", "userId": "u-5",
          "properties": {"order_id": "o", "total": 1.5, "currency": "USD",
                         "products": []}}],
    ),
    (
        "generic",
        {},
        {"events": [{"kind": "msg.open", "id": 12, "at": 1763632800000,
                     "member": {"login": "u-6", "mail": "f@example.com"},
                     "mail": {"id": "m7"}}]},
        [{"messageId": "generic-12", "event": "email_opened", "userId": "u-6",
          "email": "f@example.com", "properties": {"email_id": "m7"}}],
    ),
]  # fmt: skip


def seen(line: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    email = line["context"].get("traits", {}).get("email")
    return {key: email if key == "email" else line.get(key) for key in wanted}


@pytest.mark.parametrize(
    ("vendor", "headers", "body", "wanted"),
    CASES,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_vendor_posts_becomes_events_of_the_plan(
    hooks: Any,
    vendor: str,
    headers: dict[str, str],
    body: Any,
    wanted: list[dict[str, Any]],
) -> None:
    answer = hooks.post(vendor, body, **headers)
    again = hooks.post(vendor, body, **headers)

    assert (answer.status_code, again.status_code) == (200, 200), answer.text
    accepted = hooks.collector.lines("accepted")
    assert hooks.collector.lines("quarantine") == []
    # the second delivery is acknowledged and not written
    assert [
        seen(line, one) for line, one in zip(accepted, wanted, strict=True)
    ] == wanted
    for line in accepted:
        assert line["sourceId"] == vendor
        assert line["context"]["integration"]["name"] == vendor
        assert line["integrations"][vendor] is False, "it is never sent back"
        assert line.get("userId") or line["anonymousId"]
        assert line["timestamp"].startswith("2025-11-20") or line[
            "timestamp"
        ].startswith("2026-11-2")
