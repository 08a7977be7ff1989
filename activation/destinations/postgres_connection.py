"""One connection to a PostgreSQL database, and what its errors mean.

It works behind a connection pooler as well: nothing of a session is relied upon, and
what a batch needs besides its tables lives no longer than its transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg

from activation.destinations.outcome import NotTaken, Outcome, Status, without_personal

_CONNECT_SECONDS = 10
_LONGEST_STATEMENT = "60s"
_QUOTED = re.compile(r'"[^"]*"')
# libpq gives no code for a connection that was refused, only the server's words
_REFUSED = re.compile(
    r"authentication failed|no password supplied|no pg_hba\.conf entry"
    r"|(?:role|database|user) \".*\" does not exist|permission denied"
    r"|is not permitted to log in|not currently accepting connections"
    r"|does not support SSL|certificate verify failed|certificate .* does not match"
    r"|invalid (?:port|connection option|sslmode|channel)"
)
# https://www.postgresql.org/docs/current/errcodes-appendix.html, by class
_STATUS_BY_CLASS = {
    "21": Status.REJECTED,
    "22": Status.REJECTED,
    "23": Status.REJECTED,
    "54": Status.REJECTED,
    "0A": Status.MISCONFIGURED,
    "28": Status.MISCONFIGURED,
    "3D": Status.MISCONFIGURED,
    "3F": Status.MISCONFIGURED,
    "42": Status.MISCONFIGURED,
    "44": Status.REJECTED,
    "P0": Status.REJECTED,
}


class Database:
    """One database.

    Args:
        settings: ``host``, ``port``, ``database``, ``user``, ``password``, ``sslmode``.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._connection: psycopg.Connection | None = None
        self._host = str(settings["host"])
        self._port = int(settings.get("port") or 5432)
        self._name = str(settings["database"])
        self._user = str(settings["user"])
        self._password = str(settings.get("password") or "")
        self._sslmode = str(settings.get("sslmode") or "prefer")

    @property
    def address(self) -> str:
        """Where it is, without user and password."""
        return f"postgresql://{self._host}:{self._port}/{self._name}"

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Cursor]:
        """Give a cursor; commit what was done with it, all of it or nothing.

        Raises:
            NotTaken: The database could not be reached, or refused.
        """
        try:
            connection = self._open()
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(f"set local statement_timeout = '{_LONGEST_STATEMENT}'")
                yield cursor
        except psycopg.Error as error:
            if self._connection is not None and self._connection.broken:
                self.close()
            raise NotTaken(judge(error)) from error

    def _open(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                host=self._host,
                port=self._port,
                dbname=self._name,
                user=self._user,
                password=self._password or None,
                sslmode=self._sslmode,
                connect_timeout=_CONNECT_SECONDS,
                application_name="headwater",
                client_encoding="utf8",
                autocommit=True,
                prepare_threshold=None,
            )
        return self._connection

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def judge(error: psycopg.Error) -> Outcome:
    """Return what an error says about the whole batch; no value of a row is told."""
    code = error.sqlstate
    if code is None:
        if isinstance(error, psycopg.DataError | psycopg.ProgrammingError):
            return Outcome(Status.REJECTED, type(error).__name__)
        if found := _REFUSED.search(str(error)):
            words = _QUOTED.sub('"…"', found.group())
            return Outcome(Status.MISCONFIGURED, f"refused: {words}")
        return Outcome(Status.RETRY, f"no connection ({type(error).__name__})")
    status = _STATUS_BY_CLASS.get(code[:2], Status.RETRY)
    words = error.diag.message_primary or type(error).__name__
    if status is Status.REJECTED:  # these quote the value that is at fault
        words = _QUOTED.sub('"…"', words)
        named = error.diag.constraint_name or error.diag.column_name
        words += f" ({named})" if named else ""
    return Outcome(status, without_personal(f"{code}: {words}"))
