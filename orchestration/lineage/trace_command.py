"""``cdp trace``: where the values of a field or a column come from."""

from __future__ import annotations

import click
import msgspec

from cdp.settings import load_settings
from orchestration.lineage.lineage import load_lineage
from orchestration.lineage.names import find_places
from orchestration.lineage.place import ROWS
from orchestration.lineage.text import tree_lines
from orchestration.lineage.trace import Tracer


@click.command(name="trace")
@click.argument("name")
@click.option("--json", "is_json", is_flag=True, help="For programs.")
@click.option("--full", is_flag=True, help="Do not cut long SQL.")
def command(name: str, *, is_json: bool, full: bool) -> None:
    """Print every column behind NAME, back to the event property or API field.

    NAME is a field of a destination (`klaviyo.profiles.email`) or a column
    (`customers.is_high_value`). A dot at the end of a line marks where values come in;
    what could not be followed is said at the end.
    """
    lineage = load_lineage(load_settings())
    tracer = Tracer(lineage)
    places = [place for place in find_places(lineage, name) if place.column != ROWS]
    # without what happens to be known of some reader's rows, where there is such a one
    plain = [place for place in places if place.is_field or not place.among] or places
    whole = [place for place in plain if not place.path] or plain[:1]
    trees = [tracer.tree(place) for place in whole]
    origins = sorted({one for place in whole for one in tracer.origins(place)})
    problems = lineage.graph.problems
    if is_json:
        told = {"trees": trees, "origins": origins, "could_not_follow": problems}
        click.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
        return
    for tree in trees:
        for line in tree_lines(tree, None if full else 110):
            click.echo(line)
        click.echo("")
    click.echo(f"Comes from: {', '.join(origins) or 'nothing but constants'}")
    for problem in problems:
        click.echo(f"could not follow: {problem.place}: {problem.reason}")
