"""The pages that a load has read and the warehouse does not have yet.

A page is written down, with how far the reading is, before it is handed on. A load that
is killed is repeated from there: the pages it had read are not asked for again, and
reading goes on after the last of them. The warehouse stays the one truth: a journal
that does not begin where the warehouse ends is thrown away, and so is each journal
when its rows have landed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import dlt
import msgspec

from ingestion.sources.contract import storable

Document = dict[str, Any]
State = dict[str, Any]
Read = Callable[[State], Iterator[list[Document]]]

_FOLDER = ".pages"
_LONG_NUMBER = re.compile(rb"[:,\[]-?\d{19}")
_STATE_SHARE = 4
"""A state is written once the pages since the last one are a quarter of its size."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of one table.

    Attributes:
        path: Its file: first where it begins, then a line for each page.
    """

    path: Path

    def pages(self, read: Read, state: State) -> Iterator[list[Document]]:
        """Yield what an earlier load had read, then what ``read`` finds after it.

        Args:
            read: Yields pages after noting in the state how far it is.
            state: What the warehouse knows; moved on with each page.
        """
        base = _digest(state)
        pages, valid_bytes = _kept(self.path, base)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("r+b" if pages else "wb", buffering=0) as file:
            if pages:
                file.truncate(valid_bytes)
                file.seek(valid_bytes)
            else:
                file.write(msgspec.json.encode({"base": base}) + b"\n")
            for documents, reached in pages:
                if reached is not None:
                    state.clear()
                    state.update(reached)
                yield documents
            yield from _noted(file, read, state)


def journal_of(table: str) -> Journal:
    """Return the journal of a table of the pipeline that is running."""
    pipeline = dlt.current.pipeline()
    folder = Path(pipeline.pipelines_dir) / _FOLDER
    return Journal(folder / pipeline.pipeline_name / f"{table}.jsonl")


def forget_pages(pipelines_folder: Path, name: str) -> None:
    """Throw a source's journals away: its rows have landed."""
    shutil.rmtree(pipelines_folder / _FOLDER / name, ignore_errors=True)


def _noted(file: BinaryIO, read: Read, state: State) -> Iterator[list[Document]]:
    since_state, state_bytes = 0, 0
    for read_documents in read(state):
        documents, rows = _storable(read_documents)
        line = {"rows": msgspec.Raw(rows)}
        since_state += len(documents) * 100
        if since_state * _STATE_SHARE >= state_bytes:
            encoded = msgspec.json.encode(state)
            since_state, state_bytes = 0, len(encoded)
            file.write(
                msgspec.json.encode({**line, "state": msgspec.Raw(encoded)}) + b"\n"
            )
        else:
            file.write(msgspec.json.encode(line) + b"\n")
        yield documents


def _storable(documents: list[Document]) -> tuple[list[Document], bytes]:
    """Return documents and their JSON; what no table can hold is text or marked."""
    with suppress(UnicodeEncodeError):
        encoded = msgspec.json.encode(documents)
        if not _LONG_NUMBER.search(encoded):
            return documents, encoded
    made: list[Document] = [storable(one) for one in documents]
    return made, msgspec.json.encode(made)


def _kept(
    path: Path, base: str
) -> tuple[list[tuple[list[Document], State | None]], int]:
    """Return the pages up to the last whole one that has a state, and their bytes."""
    if not path.is_file():
        return [], 0
    pages: list[tuple[list[Document], State | None]] = []
    kept, kept_bytes, position = 0, 0, 0
    with path.open("rb") as file:
        for line in file:
            entry = _decoded(line)
            position += len(line)
            if entry is None:
                break
            if "base" in entry:
                if entry["base"] != base:
                    return [], 0
                continue
            pages.append((entry["rows"], entry.get("state")))
            if "state" in entry:
                kept, kept_bytes = len(pages), position
    return pages[:kept], kept_bytes


def _decoded(line: bytes) -> dict[str, Any] | None:
    """Return one line; None where the process was killed in the middle of it."""
    if not line.endswith(b"\n"):
        return None
    try:
        decoded = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return None
    return decoded if isinstance(decoded, dict) else None


def _digest(state: State) -> str:
    return hashlib.sha256(msgspec.json.encode(state, order="sorted")).hexdigest()
