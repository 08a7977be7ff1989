"""What the sales team does and the CRM keeps: calls, follow-ups, stages of deals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from sandbox.company.chance import DAY_SECONDS, lognormal, stream
from sandbox.company.salesforce_ids import salesforce_id
from sandbox.company.season import iso

Keep = Callable[..., None]
"""Puts a record into the CRM: object, id, when it was made, and its fields."""

REACHED_SHARE, DELETED_SHARE = 0.8, 0.02
_PROBABILITIES = {"Prospecting": 10, "Proposal/Price Quote": 75, "Closed Won": 100}


@dataclass(frozen=True, slots=True)
class Course:
    """How a lead goes, as far as the sales team acts on it; Unix seconds or None."""

    began_at: float
    qualified_at: float | None
    converted_at: float | None


@dataclass(frozen=True, slots=True)
class _Activity:
    at: float
    subtype: str
    subject: str


def keep_activities(
    keep: Keep, who_id: str, course: Course, end: float, *key: object
) -> None:
    """Keep the calls and follow-ups of one lead.

    Args:
        keep: Puts a record into the CRM.
        who_id: The lead, or the contact that it became.
        course: How it goes.
        end: Nothing is kept that happens from then on.
        key: Whose chance it is.
    """
    chance = stream(*key, "activities")
    for number, activity in enumerate(_activities(chance, course)):
        is_reached = chance.random() < REACHED_SHARE
        seconds = round(lognormal(chance, 260, 0.7)) if is_reached else 0
        is_deleted = chance.random() < DELETED_SHARE
        if activity.at >= end:
            continue
        is_call = activity.subtype == "Call"
        keep(
            "Task",
            salesforce_id("00T", *key, "task", number),
            activity.at,
            IsDeleted=is_deleted,
            WhoId=who_id,
            Subject=activity.subject,
            Status="Completed",
            IsClosed=True,
            TaskSubtype=activity.subtype,
            CallType="Outbound" if is_call else None,
            CallDurationInSeconds=seconds if is_call else None,
            CallDisposition=_disposition(is_reached) if is_call else None,
            ActivityDate=iso(activity.at)[:10],
            CompletedDateTime=iso(activity.at).replace("Z", "+0000"),
        )


def _disposition(is_reached: bool) -> str:
    return "Spoke" if is_reached else "Left voicemail"


def _activities(chance: Random, course: Course) -> Iterator[_Activity]:
    at = course.began_at + chance.uniform(0.1, 2) * DAY_SECONDS
    yield _Activity(at, "Call", "First call")
    if chance.random() < 0.6:
        yield _Activity(at + 3600, "Email", "Catalogue and terms")
    if course.qualified_at is not None:
        yield _Activity(course.qualified_at - 1800, "Call", "Needs and volumes")
    if course.converted_at is not None:
        yield _Activity(course.converted_at + 3600, "Task", "Open the account")
        at = course.converted_at
        while chance.random() < 0.7:
            at += chance.uniform(10, 45) * DAY_SECONDS
            yield _Activity(at, "Call", "How it sells")


def keep_stages(
    keep: Keep, opportunity_id: str, stages: list[tuple[float, str]], **fields: object
) -> None:
    """Keep the history of one deal: a record for each stage that it came to.

    Args:
        keep: Puts a record into the CRM.
        opportunity_id: The deal.
        stages: When it came to which stage, Unix seconds.
        fields: Amount and CloseDate of the deal.
    """
    for at, stage in stages:
        keep(
            "OpportunityHistory",
            salesforce_id("008", opportunity_id, stage),
            at,
            OpportunityId=opportunity_id,
            StageName=stage,
            Probability=_PROBABILITIES.get(stage, 0),
            **fields,
        )
