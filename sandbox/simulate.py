"""``python -m sandbox.simulate``: let the simulated company live, and note it all.

What it emits goes to a collector or a file, what its tools know into ``tools.sqlite``,
and the truth apart from both into ``truth/``. The same arguments always give the same
company, and sending twice adds nothing, since message ids repeat.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from cdp.errors import CdpError, Misconfigured
from cdp.settings import load_settings
from sandbox.company.company import found_company
from sandbox.company_file import Company, keep_company
from sandbox.simulation import Simulated, Target, simulate

DIRTY_SHARE = 0.003

Progress = Callable[[str, int, int], None]
"""Receives what is being done, how much is done and how much there is."""


@dataclass(frozen=True, slots=True)
class Written:
    """What ``write_company`` wrote.

    Attributes:
        people: People who lived.
        events: Events that they emit, duplicates and dirty ones included.
        documents: Objects in the tools.
    """

    people: int
    events: int
    documents: int


def write_company(company: Company, data_dir: Path, progress: Progress) -> Written:
    """Write the tools' documents and the truth of a company, but send nothing.

    Args:
        company: Which company.
        data_dir: Gets ``sandbox/tools.sqlite`` and ``sandbox/truth/*.parquet``.
        progress: Receives the people so far.
    """
    target = Target(folder=data_dir / "sandbox")
    done = _live(company, target, progress, "people")
    return Written(done.person_count, done.event_count, done.document_count)


def send_events(
    company: Company,
    collector_url: str,
    write_keys: Mapping[str, str],
    progress: Progress,
) -> int:
    """Send a company's events with a real SDK; return how many were acknowledged.

    The events are those whose documents and truth ``write_company`` writes. Message
    ids repeat, so sending again adds no event after deduplication.

    Args:
        company: Which company.
        collector_url: Such as ``http://127.0.0.1:8080``.
        write_keys: By source: ``web``, ``mobile`` and ``server``.
        progress: Receives the people whose events are on their way.

    Raises:
        CdpError: The collector refused a batch or could not be reached.
    """
    target = Target(collector_url=collector_url, write_keys=write_keys)
    return _live(company, target, progress, "people's events").sent_count


def _live(company: Company, target: Target, progress: Progress, unit: str) -> Simulated:
    lived = found_company(
        company.seed, date.fromisoformat(company.end), company.days, DIRTY_SHARE
    )
    people = range(company.customers)
    return simulate(
        lived, people, target, lambda done: progress(unit, done, len(people))
    )


def parse_write_keys(text: str) -> dict[str, str]:
    """Read ``web=…,mobile=…,server=…``.

    Raises:
        Misconfigured: A part has no ``=`` or one of the three sources is missing.
    """
    keys = dict(part.partition("=")[::2] for part in text.split(",") if part)
    missing = [name for name in ("web", "mobile", "server") if not keys.get(name)]
    if missing:
        raise Misconfigured(
            f"no write key for {', '.join(missing)}",
            place="--write-keys",
            fix="Pass web=…,mobile=…,server=…",
        )
    return keys


@click.command()
@click.option("--customers", default=800, show_default=True, type=int)
@click.option("--days", default=365, show_default=True, type=int)
@click.option("--seed", default=7, show_default=True, type=int)
@click.option(
    "--end",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Nothing happens from 00:00 UTC of this day on. Default: today.",
)
@click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Default: CDP_DATA_DIR."
)
@click.option("--dirty-share", default=DIRTY_SHARE, show_default=True)
@click.option("--events-file", type=click.Path(path_type=Path))
@click.option("--collector", metavar="URL", help="Send the events there with an SDK.")
@click.option("--write-keys", metavar="web=…,mobile=…,server=…", default="")
def command(**options: Any) -> None:
    """Simulate an e-commerce company with known truth."""
    try:
        _run(_Options(**options))
    except CdpError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class _Options:
    customers: int
    days: int
    seed: int
    end: datetime | None
    data_dir: Path | None
    dirty_share: float
    events_file: Path | None
    collector: str | None
    write_keys: str


def _run(asked: _Options) -> None:
    last_day: date = asked.end.date() if asked.end else datetime.now(UTC).date()
    settings = load_settings()
    settings = replace(settings, data_dir=asked.data_dir or settings.data_dir)
    wanted = Company(asked.customers, asked.days, asked.seed, last_day.isoformat())
    kept = keep_company(settings, wanted)
    if asked.end and kept != wanted:
        raise Misconfigured(
            f"this folder holds a company until {kept.end}",
            place=str(settings.data_dir),
            fix="Leave --end away to go on with it, or use another --data-dir",
        )
    target = Target(
        folder=settings.data_dir / "sandbox",
        events_file=asked.events_file,
        collector_url=asked.collector,
        write_keys=parse_write_keys(asked.write_keys) if asked.collector else None,
    )
    company = found_company(
        kept.seed, date.fromisoformat(kept.end), kept.days, asked.dirty_share
    )
    done = simulate(company, range(asked.customers), target)
    click.echo(
        f"{done.person_count:,} people, {done.event_count:,} events, "
        f"{done.document_count:,} objects in tools, {done.sent_count:,} events sent; "
        f"tools and truth in {target.folder}"
    )


if __name__ == "__main__":
    command()
