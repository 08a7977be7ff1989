"""Cutting a wrong link: a row of a seed, reviewed like every change of a rule."""

from __future__ import annotations

import csv
from pathlib import Path

from cdp.errors import Rejected
from cdp.settings import Settings
from orchestration.identity.person import Identifier, Link, Person, written

SEED = Path("seeds") / "identity_cut_links.csv"
_COLUMNS = ("left_type", "left_value", "right_type", "right_value", "reason")


def link_between(person: Person, one: Identifier, other: Identifier) -> Link:
    """Return the believed link between two identifiers of a person.

    Raises:
        Rejected: They are not linked, or only through others.
    """
    if other not in person.identifiers:
        raise Rejected(f"{written(one)} and {written(other)} are not one person")
    pair = {one, other}
    for link in person.believed():
        if {link.left, link.right} == pair:
            return link
    way = person.way(one, other)
    raise Rejected(
        "the two are linked only through others: " + " - ".join(map(written, way)),
        fix="Cut the link on this way that is wrong",
    )


def cut_link(settings: Settings, link: Link, reason: str) -> Path:
    """Add a link to the seed of cut links; return the file.

    Raises:
        Rejected: The seed has it already.
    """
    path = settings.project_dir / SEED
    with path.open(encoding="utf-8", newline="") as file:
        rows = [tuple(row) for row in csv.reader(file)][1:]
    row = (*link.left, *link.right, reason)
    if any(old[:4] == row[:4] for old in rows):
        raise Rejected(
            "this link is cut already",
            place=str(SEED),
            fix="Run `dbt build`, which splits the two",
        )
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(sorted([*rows, row]))
    unfinished.replace(path)
    return path


def cut_pairs(settings: Settings) -> set[frozenset[Identifier]]:
    """Return the pairs that the seed cuts."""
    path = settings.project_dir / SEED
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {frozenset(((row[0], row[1]), (row[2], row[3]))) for row in rows if row}
