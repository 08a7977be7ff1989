"""What a subscription's life looks like to the shop and to the payments tool."""

from __future__ import annotations

import math

from sandbox.company.catalogue import PLANS
from sandbox.company.chance import DAY_SECONDS, token
from sandbox.company.invoices import RENEWAL_DAYS
from sandbox.company.journal import Journal, Sender
from sandbox.company.orders import Line, Order
from sandbox.company.payments import Payments
from sandbox.company.season import utc
from sandbox.company.shoppers import Placed
from sandbox.company.subscriptions import Subscription


def report(subscription: Subscription, journal: Journal, payments: Payments) -> None:
    """Report its start, its renewals and its end; keep the tool's document."""
    person, plan = subscription.shopper.person, PLANS[subscription.number]
    sender = Sender("server", None, person.user_id)
    known = {"subscription_id": subscription.subscription_id, "plan_name": plan[0]}
    price = {"monthly_amount": plan[1] / 100, "currency": "USD"}
    started_at, cancelled_at = subscription.started_at, subscription.cancelled_at
    journal.track(sender, started_at + 1, "subscription_started", {**known, **price})
    _renew(subscription, sender, payments)
    if cancelled_at is not None:
        ended = {
            "subscription_id": subscription.subscription_id,
            "reason": subscription.reason,
        }
        journal.track(sender, cancelled_at, "subscription_cancelled", ended)
    _keep_document(subscription, journal, payments)
    journal.know(
        "subscriptions",
        person_id=person.person_id,
        subscription_id=subscription.subscription_id,
        plan_name=plan[0],
        started_at=utc(started_at),
        cancelled_at=utc(cancelled_at) if cancelled_at is not None else None,
        reason=subscription.reason,
        disposition=subscription.disposition,
    )


def _renew(subscription: Subscription, sender: Sender, payments: Payments) -> None:
    """Charge every 30 days, from the first moment until it is cancelled."""
    company = subscription.company
    box = company.catalogue.boxes[subscription.number]
    until = min(subscription.cancelled_at or math.inf, company.season.end)
    at, number = subscription.started_at + 2, 0
    while at < until:
        key = (company.seed, subscription.subscription_id, number)
        order = Order(
            order_id=f"o{token(11, *key)}",
            channel="subscription",
            ordered_at=at,
            lines=(Line(box, 1),),
            is_taxed=False,
        )
        email = subscription.shopper.email
        placed = Placed(order, sender, email, "subscription")
        payments.take(placed, renewal=(subscription.subscription_id, number))
        at, number = at + RENEWAL_DAYS * DAY_SECONDS, number + 1


def _keep_document(
    subscription: Subscription, journal: Journal, payments: Payments
) -> None:
    plan, shopper = PLANS[subscription.number], subscription.shopper
    started_at, cancelled_at = subscription.started_at, subscription.cancelled_at
    ended_at = int(cancelled_at) if cancelled_at is not None else None
    price = {
        "id": "price_" + token(14, "stripe", f"box{subscription.number + 1}"),
        "unit_amount": plan[1],
        "currency": "usd",
        "recurring": {"interval": "month"},
        "nickname": plan[0],
    }
    body = {
        "id": subscription.subscription_id,
        "object": "subscription",
        "customer": payments.customer_id(
            shopper.person.user_id, shopper.email, started_at
        ),
        "status": "active" if ended_at is None else "canceled",
        "created": int(started_at),
        "start_date": int(started_at),
        "canceled_at": ended_at,
        "ended_at": ended_at,
        "items": {"data": [{"price": price}]},
        "metadata": {"subscription_id": subscription.subscription_id},
    }
    journal.keep("stripe", "subscriptions", body)
