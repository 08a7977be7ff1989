"""``cdp``: what has no tool of its own.

Each command lives in the room that does the work and is imported only when it is
called, so that help is instant and a stage imports nothing of a later one.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from cdp.errors import CdpError, Misconfigured

# name: (module, attribute, the line that `cdp --help` shows)
COMMANDS = {
    "demo": ("sandbox.demo", "command", "Run the whole path on a simulated shop."),
    "collect": (
        "ingestion.collector.command",
        "command",
        "Receive events over HTTP and write them to the event log.",
    ),
    "import": (
        "orchestration.import_command",
        "command",
        "Replay a file of order lines through the same path, and answer.",
    ),
    "load": ("ingestion.load", "command", "Load events and SaaS tools (dlt)."),
    "reconcile": (
        "ingestion.reconciliation.command",
        "command",
        "Compare counts and sums of the sources with the warehouse.",
    ),
    "run": (
        "orchestration.command",
        "command",
        "Run every step that has something new: load, build, score, sync, publish.",
    ),
    "forward": (
        "activation.forward_command",
        "command",
        "Deliver new events to the live destinations.",
    ),
    "replay": (
        "activation.replay_command",
        "command",
        "Send again what a destination did not take.",
    ),
    "transform": (
        "activation.transform_command",
        "command",
        "See what each destination would make of recent events.",
    ),
    "events": (
        "activation.events_command",
        "command",
        "Watch events live, and what becomes of them.",
    ),
    "suppress": (
        "activation.suppress_command",
        "command",
        "Keep a person out of every destination.",
    ),
    "sync": (
        "activation.sync_command",
        "command",
        "Send what changed in the warehouse to the tools.",
    ),
    "publish": (
        "activation.online.publish_command",
        "command",
        "Push profiles, features and recommendations to the online store.",
    ),
    "serve": (
        "activation.online.command",
        "command",
        "Answer profiles, features and recommendations over HTTP.",
    ),
    "check": (
        "orchestration.check.command",
        "command",
        "Find what is wrong with headwater.yml and what it names.",
    ),
    "plan": (
        "cdp.plan_command",
        "command",
        "Check, compare and publish the tracking plan; see what is really sent.",
    ),
    "quarantine": (
        "ingestion.quarantine_command",
        "command",
        "See what broke the tracking plan, and take back what fits now.",
    ),
    "api": (
        "orchestration.api.command",
        "command",
        "Answer what the workspace is set to, and how it does, over HTTP.",
    ),
    "keys": (
        "orchestration.api.keys_command",
        "command",
        "Make a key of the HTTP APIs.",
    ),
    "trace": (
        "orchestration.lineage.trace_command",
        "command",
        "Show where a field or a column comes from, back to the event or API.",
    ),
    "impact": (
        "orchestration.lineage.impact_command",
        "command",
        "Show what is made of a column, an event property or an API field.",
    ),
    "scorecard": (
        "orchestration.scorecard.command",
        "command",
        "Show last week, last month and the year to date at a glance.",
    ),
    "attribution": (
        "orchestration.attribution_command",
        "command",
        "Show which channels get the credit for conversions, by every model.",
    ),
    "identity": (
        "orchestration.identity.command",
        "command",
        "Look a person up, cut a link, try rules, find probable links.",
    ),
    "explain": (
        "orchestration.lineage.explain_command",
        "command",
        "Show the rows and events behind one value of one customer.",
    ),
    "traits": (
        "orchestration.traits_command",
        "command",
        "Show where tools contradict each other about customers.",
    ),
    "preview": (
        "orchestration.preview.command",
        "command",
        "Show what a change of the models would do, down to the tools.",
    ),
    "report": (
        "orchestration.report_command",
        "command",
        "Count conversions: the same number in every tool?",
    ),
    "status": (
        "orchestration.status",
        "command",
        "Show what is loaded, built, sent and waiting.",
    ),
}


class RoomCommands(click.Group):
    """Commands that are imported from their room when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the path of an event."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - our own table
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List the commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (*_, line) in COMMANDS.items()])


@click.group(cls=RoomCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="headwater", prog_name="cdp")
def group() -> None:
    """Headwater: a customer data platform that a company owns.

    The tools keep their own commands: `dbt build`, `dbt docs generate`,
    `sqlmesh plan`, `python -m ingestion.load SOURCE`, `pytest`. A newcomer starts
    with `cdp demo`.
    """


def main(command: click.Command = group) -> None:
    """Run `cdp`, turning every expected failure into one sentence and exit code 1.

    Args:
        command: What is run instead when a room's module is started by itself, as in
            ``python -m ingestion.load``.
    """
    try:
        command(prog_name="cdp" if command is group else f"cdp {command.name}")
    except CdpError as error:
        click.echo(f"{type(error).__name__}: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        if error.filename is None:  # not the fault of a file that somebody named
            raise
        told = Misconfigured(
            f"cannot be read or written ({error.strerror})",
            place=str(error.filename),
            fix="Check that it is there, and who may read and write it",
        )
        click.echo(f"Misconfigured: {told}", err=True)
        sys.exit(1)
