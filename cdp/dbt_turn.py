"""dbt's turn at the warehouse: a dbt-duckdb plugin, named in ``profiles.yml``.

dbt opens the DuckDB file for writing whatever it is asked to do. Right before it does,
this takes the writing turn that the loader and ml take too, so that a bare
``dbt build`` beside a running load waits, says for whom, and then works.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.exceptions.connection import FailedToConnectError
from filelock import FileLock

from cdp.errors import CdpError
from cdp.settings import load_settings
from cdp.warehouse import take_writing_turn


class Plugin(BasePlugin):
    """Hold the writing turn for as long as dbt holds the file.

    The turn ends with the process, or when dbt drops its connection.
    """

    turn: FileLock | None = None

    def update_connection_config(
        self, creds: DuckDBCredentials, _config: dict[str, Any]
    ) -> None:
        """Take the turn of the file that dbt is about to open.

        Raises:
            FailedToConnectError: The turn did not come in time, or the workspace
                cannot be read; its message is the sentence that dbt prints.
        """
        if self.turn is not None or creds.path == ":memory:":
            return
        try:
            settings = load_settings()
            folder = Path(creds.path).resolve().parent
            self.turn = take_writing_turn(
                replace(settings, data_dir=folder), _purpose(sys.argv)
            )
        except CdpError as error:
            raise FailedToConnectError(str(error)) from error


def _purpose(arguments: list[str]) -> str:
    """Return what others are told that they wait for, such as ``dbt build``."""
    words = [word for word in arguments[1:] if not word.startswith("-")]
    return f"dbt {words[0]}" if words else "dbt"
