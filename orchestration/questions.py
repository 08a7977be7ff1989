"""The guide's own questions, asked of what has just been built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cdp.settings import Settings
from cdp.warehouse import open_snapshot
from orchestration.answers import Answer, answer
from orchestration.display import Display

Recommend = Callable[[str], Answer]
"""Answers what to show to a customer, as the shop front would ask it."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the guide.

    Attributes:
        number: Its place in the checklist.
        text: As a person asks it; ``{name}`` stands for a variable.
        analysis: The file in ``analyses/`` that answers it.
        variables: What the query is given: name and value.
    """

    number: str
    text: str
    analysis: str
    variables: Mapping[str, str] = field(default_factory=dict)


def questions_about(user_id: str) -> list[Question]:
    """Return the questions that the warehouse answers.

    Args:
        user_id: Whose email and login are asked for.
    """
    return [
        Question(
            "S-2",
            "What is user {user_id}'s current email, and when did they last log in?",
            "current_email_and_last_login",
            {"user_id": user_id},
        ),
        Question(
            "G-1",
            "What did a new customer cost, and what came back of each dollar, by"
            " campaign?",
            "cac_and_roas_by_campaign",
        ),
        Question(
            "G-15",
            "What are the top pages of qualified leads with more than five purchases in"
            " the last year?",
            "top_pages_of_qualified_leads",
        ),
        Question("G-20", "Who is of high value?", "high_value_customers"),
        Question("ML-14", "Who is likely to churn?", "customers_likely_to_churn"),
    ]


def best_known_customer(settings: Settings) -> tuple[str, str]:
    """Return customer id and user id of somebody with much history; empty without."""
    with open_snapshot(settings) as connection:
        found = connection.execute(
            "select customer_id, user_id from marts.customers"
            " where user_id is not null and is_identified"
            " order by order_count desc, session_count desc, customer_id limit 1"
        ).fetchone()
    return (str(found[0]), str(found[1])) if found else ("", "")


def ask_all(
    settings: Settings,
    display: Display,
    recommend: Recommend,
    remarks: Mapping[str, str] | None = None,
) -> dict[str, Answer]:
    """Ask every question and print what comes back.

    Args:
        settings: The workspace, built and published.
        display: Where the answers are printed.
        recommend: Asks the online API.
        remarks: By question number, what to say where nothing was found.

    Returns:
        The answers by question number.
    """
    customer_id, user_id = best_known_customer(settings)
    answers = {}
    for question in questions_about(user_id):
        found = answer(settings, question.analysis, question.variables)
        answers[question.number] = found
        text = question.text.format(**question.variables)
        _print(display, f"{text} ({question.number})", found)
        if found.row_count == 0 and remarks:
            display.say(f"  {remarks.get(question.number, '')}")
        display.say(f"  analyses/{question.analysis}.sql")
    answers["RT-7"] = recommend(customer_id)
    _print(display, "What to recommend to this customer now? (RT-7)", answers["RT-7"])
    display.say(f"  GET /v1/recommendations/{customer_id}")
    return answers


def _print(display: Display, title: str, found: Answer) -> None:
    display.say(f"\n{title}")
    if found.row_count == 0:
        display.say("  nobody, nothing: the query found no rows")
        return
    for row in (found.columns, *found.rows):
        cells = zip(row, _widths(found), strict=True)
        line = "  ".join(f"{cell:<{width}}" for cell, width in cells)
        display.say(f"  {line}".rstrip())
    if found.row_count > len(found.rows):
        display.say(f"  … {found.row_count - len(found.rows):,} more")


def _widths(found: Answer) -> list[int]:
    rows = (found.columns, *found.rows)
    return [max(len(row[index]) for row in rows) for index in range(len(found.columns))]
