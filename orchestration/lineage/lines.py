"""On which line of a file something stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import yaml

from cdp.yaml_text import LOADER


def line_in_yaml(file: Path, keys: Sequence[str]) -> int:
    """Return the line of a key, or of the last one of its parents that is there.

    Args:
        file: A YAML file.
        keys: Keys from the top; in a list, the ``name`` of an element.
    """
    line = 1
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=LOADER)
    except (OSError, yaml.YAMLError):
        return line
    for key in keys:
        found = _inside(node, key)
        if found is None:
            break
        node, line = found
    return line


def _inside(node: yaml.Node | None, key: str) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                return value, name.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for element in node.value:
            named = _inside(element, "name")
            if named is not None and named[0].value == key:
                return element, named[1]
    return None


def line_of_word(file: Path, word: str) -> int:
    """Return the first line that has a word; 1 where none has."""
    pattern = re.compile(rf"\b{re.escape(word)}\b")
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return 1
    return next((at for at, line in enumerate(lines, 1) if pattern.search(line)), 1)
