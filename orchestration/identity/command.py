"""``cdp identity``: look a person up, cut a link, try rules, find probable links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from cdp.settings import load_settings
from cdp.text_table import text_table
from cdp.warehouse import open_warehouse
from orchestration.identity.cut import SEED, cut_link, cut_pairs, link_between
from orchestration.identity.linked_report import linked_lines
from orchestration.identity.person import (
    Identifier,
    Person,
    find_person,
    parse,
    written,
)
from orchestration.identity.preview import Limit, preview
from orchestration.identity.preview_report import report_lines

_HEADINGS = ("identifier", "linked with", "says", "refused because")


class Threshold(click.ParamType[float]):
    """A probability, or ``off``, which none reaches."""

    name = "probability"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Return the probability; 2 for ``off``."""
        if value == "off":
            return 2.0
        from ml.identity.matching import FLOOR  # noqa: PLC0415 - imports pandas

        try:
            found = float(value)
        except ValueError:
            found = -1.0
        if not FLOOR <= found <= 1:
            self.fail(f"{value} is neither 'off' nor from {FLOOR} to 1", param, ctx)
        return found


@click.group(name="identity")
def command() -> None:
    """Look a person up, cut a wrong link, try rules, find probable links."""


@command.command(name="show")
@click.argument("identifier")
def show_command(identifier: str) -> None:
    """Print a person's identifiers and links, believed and refused.

    IDENTIFIER is a kind and a value, such as email:ada@example.com.
    """
    with open_warehouse(load_settings(), "show a person") as connection:
        person = find_person(connection, parse(identifier))
    for line in person_lines(person):
        click.echo(line)


@command.command(name="unlink")
@click.argument("one")
@click.argument("other")
@click.option("--reason", required=True, help="Why the two are not one person.")
def unlink_command(one: str, other: str, reason: str) -> None:
    """Cut the link between two identifiers; the next build splits the person.

    Adds a row to seeds/identity_cut_links.csv, to be reviewed and committed.
    """
    settings = load_settings()
    pair = (parse(one), parse(other))
    with open_warehouse(settings, "look a link up") as connection:
        person = find_person(connection, pair[0])
    link = link_between(person, *pair)
    cut_link(settings, link, reason)
    click.echo(f"Cut {written(link.left)} - {written(link.right)} in {SEED}.")
    for line in outcome_lines(person, pair, cut_pairs(settings)):
        click.echo(line)


@command.command(name="preview")
@click.option(
    "--cut",
    "cuts",
    nargs=2,
    multiple=True,
    metavar="ONE OTHER",
    help="A link to cut, besides those in the seed.",
)
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="TYPE:LINKED=N",
    help="A limit, such as anonymous_id:email=3, in place of the seed's.",
)
@click.option(
    "--probable",
    "threshold",
    type=Threshold(),
    help="How probable a probable link has to be, as 0.99; or: off.",
)
@click.option("--examples", default=5, show_default=True, help="People to show.")
def preview_command(
    cuts: tuple[tuple[str, str], ...],
    limits: tuple[str, ...],
    threshold: float | None,
    examples: int,
) -> None:
    """Show whom the rules in the working tree would split or merge.

    Runs seeds and models as they stand in the checkout on a copy of what is claimed,
    and compares with the last build. The warehouse stays as it is.
    """
    found = preview(
        load_settings(),
        [(parse(one), parse(other)) for one, other in cuts],
        [Limit.parse(limit) for limit in limits],
        examples,
        threshold,
    )
    for line in report_lines(found):
        click.echo(line)


@command.command(name="link")
@click.option("--examples", default=5, show_default=True, help="Links to show.")
def link_command(examples: int) -> None:
    """Find records that are likely one person's, though no identifier is equal.

    Compares names, telephone numbers, addresses and birthdays (Splink) and writes
    predictions.probable_links. Nobody is joined by them unless dbt_project.yml says so.
    """
    from ml.identity.linking import link  # noqa: PLC0415 - takes a second to import

    for line in linked_lines(link(load_settings()), examples):
        click.echo(line)


def person_lines(person: Person) -> Iterator[str]:
    """Return a person for a terminal: identifiers as known, then every link."""
    count = len(person.identifiers)
    yield f"{person.customer_id}  {count} identifiers, first known first"
    yield from (f"  {written(one)}" for one in person.identifiers)
    rows = [
        (
            written(link.left),
            written(link.right),
            link.claimed_by,
            f"{link.refusal_reason}: {link.explanation}" if link.refusal_reason else "",
        )
        for link in person.links
    ]
    if rows:
        yield ""
        yield from text_table(_HEADINGS, rows).splitlines()


def outcome_lines(
    person: Person,
    pair: tuple[Identifier, Identifier],
    cut: set[frozenset[Identifier]],
) -> Iterator[str]:
    """Return what the next build makes of a person, once these pairs are cut."""
    parts = person.parts(cut)
    way = person.way(*pair, without=cut)
    if way:
        yield "The two stay one person through others: " + " - ".join(map(written, way))
        yield "Cut the link on this way that is wrong, too."
    if len(parts) > 1:
        yield f"The next `dbt build` makes {len(parts)} people of {person.customer_id}:"
        for part in parts:
            yield f"  {person.id_of(part)}  {', '.join(map(written, part))}"
