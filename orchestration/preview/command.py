"""``cdp preview``: what a change would do, before it is merged."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from cdp.settings import load_settings
from orchestration.pages import write_page
from orchestration.preview.build import forget, preview_dir
from orchestration.preview.preview import Choice, make_preview
from orchestration.preview.text import counts_told, preview_lines

TEMPLATE = Path(__file__).parent / "page.html"


@click.command(name="preview")
@click.option(
    "--base",
    default="",
    metavar="REVISION",
    help="Compare with this git revision or kept manifest.json instead of where the"
    " branch left main.",
)
@click.option("--show-values", is_flag=True, help="Do not mask personal values.")
@click.option("--json", "is_json", is_flag=True, help="For programs.")
@click.option(
    "--page", type=click.Path(path_type=Path), help="Where the page is written."
)
def command(base: str, *, show_values: bool, is_json: bool, page: Path | None) -> None:
    """Show what the models as they are now would change in production.

    Which models change and whether that breaks them (SQLMesh), which columns and
    fields of tools it reaches, which rows are different, and what the syncs would
    send. Only changed models and what reads them are built, in a file of their own.
    The same is written as a page of HTML.
    """
    settings = load_settings()
    file = page or preview_dir(settings) / "index.html"
    preview = make_preview(
        settings, Choice(base, show_values), lambda said: click.echo(said, err=True)
    )
    forget(settings)
    write_page(TEMPLATE, file, preview=preview, counts_told=counts_told)
    if is_json:
        click.echo(msgspec.json.format(msgspec.json.encode(preview)).decode())
        return
    for line in preview_lines(preview):
        click.echo(line)
    click.echo(f"\nThe same as a page: {file}")
