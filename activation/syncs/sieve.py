"""Read few rows of a large table without reading all of it.

DuckDB asks a condition on one column while it scans, and reads the other columns for
the rows that are left. It asks a membership in another table only after that.
"""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

SIEVE_BITS = 20
"""So many bits of a number are told apart; their map takes 128 KiB."""
_SIZE = 1 << SIEVE_BITS
_FULL = _SIZE // 4


def sieve(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    expression: str,
    wanted: npt.NDArray[Any],
) -> str:
    """Return a condition that holds where a value is a wanted number, else seldom.

    Args:
        connection: The query with the condition is run in it, before another sieve of
            this name is made.
        name: Of the sieve.
        expression: A whole number made of one column, as SQL writes it.
        wanted: The numbers.
    """
    if len(wanted) > _FULL:
        return "true"
    bits = np.zeros(_SIZE, np.uint8)
    bits[wanted & wanted.dtype.type(_SIZE - 1)] = 1
    connection.execute(
        f"set variable sieve_of_{name} = cast($bits as blob)::bit",
        {"bits": np.packbits(bits).tobytes()},
    )
    return (
        f"get_bit(getvariable('sieve_of_{name}'),"
        f" cast({expression} & {_SIZE - 1} as integer)) = 1"
    )
