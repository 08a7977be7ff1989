"""What ``cdp identity link`` has found, for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cdp.text_table import text_table
from orchestration.identity.person import written

if TYPE_CHECKING:
    from ml.identity.linking import Linked, ProbableLink

_STEPS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
_HEADINGS = ("probability", "record", "and", "because")


def linked_lines(found: Linked, example_count: int) -> Iterator[str]:
    """Return counts by probability, then the surest and the least sure links.

    Records are named by the ids that systems gave them, never by what they say.
    """
    links = [one for one in found.links if one.refusal_reason is None]
    refused = Counter(one.refusal_reason for one in found.links)
    del refused[None]
    yield f"{found.record_count:,} records, {found.pair_count:,} likely pairs"
    if not found.pair_count:
        yield "  too few have the same name, telephone number or birthday to learn from"
        return
    yield f"  {found.known_count:,} are one person by equal identifiers already"
    yield f"  {len(links):,} could join people who are apart"
    for reason, count in sorted(refused.items(), key=str):
        yield f"  {count:,} may not: {reason}"
    if not links:
        return
    rows = [
        (f"at least {step:g}", f"{sum(one.probability >= step for one in links):,}")
        for step in _STEPS
    ]
    yield from ("", *text_table(("probability", "links"), rows).splitlines())
    yield from ("", "The surest:", *_table(links[:example_count]))
    rest = links[max(example_count, len(links) - example_count) :]
    if rest:
        yield from ("", "The least sure:", *_table(rest))
    yield from (
        "",
        "Written to predictions.probable_links; nobody is joined yet. Next:",
        "  cdp identity preview --probable 0.99",
        "  probable_links: true in dbt_project.yml, then dbt build",
    )


def _table(links: Sequence[ProbableLink]) -> list[str]:
    rows = [
        (f"{one.probability:.4f}", written(one.left), written(one.right), one.agreement)
        for one in links
    ]
    return text_table(_HEADINGS, rows).splitlines()
