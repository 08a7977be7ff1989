"""``headwater.yml`` with the line and column of everything in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cdp.yaml_text import LOADER, read_yaml

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class LocatedDocument:
    """A YAML document and where its parts stand.

    Attributes:
        document: As parsed; of two equal keys the last one counts.
        keys: Where each key (or list item) begins, by path.
        values: Where each value begins, by path.
        repeated: Keys that stand in their mapping twice: path, and where the second
            one is.
    """

    document: Any
    keys: Mapping[KeyPath, Place]
    values: Mapping[KeyPath, Place]
    repeated: tuple[tuple[KeyPath, Place], ...]

    def place(self, path: KeyPath, *, of_value: bool = False) -> Place:
        """Return where a path stands, or the nearest part above it that exists."""
        known = self.values if of_value else self.keys
        while path:
            if path in known:
                return known[path]
            path = path[:-1]
        return Place(1, 1)


def read_located(file: Path) -> LocatedDocument:
    """Read a YAML file with the places of its parts.

    Raises:
        OSError: It cannot be read.
        yaml.YAMLError: It is not YAML.
    """
    text = file.read_text(encoding="utf-8")
    walk = _Walk()
    node = yaml.compose(text, Loader=LOADER)
    if node is not None:
        walk.visit(node, ())
    return LocatedDocument(
        read_yaml(text), walk.keys, walk.values, tuple(walk.repeated)
    )


class _Walk:
    """One pass over the nodes of a document."""

    def __init__(self) -> None:
        self.keys: dict[KeyPath, Place] = {}
        self.values: dict[KeyPath, Place] = {}
        self.repeated: list[tuple[KeyPath, Place]] = []
        self._above: set[int] = set()

    def visit(self, node: yaml.Node, path: KeyPath) -> None:
        """Note a node and those below it; an alias to one above is not followed."""
        if id(node) in self._above:
            return
        self._above.add(id(node))
        self.values[path] = _place(node)
        if isinstance(node, yaml.MappingNode):
            self._visit_mapping(node, path)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.keys[*path, index] = _place(item)
                self.visit(item, (*path, index))
        self._above.discard(id(node))

    def _visit_mapping(self, node: yaml.MappingNode, path: KeyPath) -> None:
        here = set()
        for key, value in node.value:
            inner = (*path, str(key.value))
            if inner in here:
                self.repeated.append((inner, _place(key)))
            here.add(inner)
            self.keys[inner] = _place(key)
            self.visit(value, inner)


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)
