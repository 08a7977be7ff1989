"""What a tool gets from a row: columns, constants, templates, ids of other syncs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from jinja2 import TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from activation.destinations.templates import Template, text_template
from cdp.errors import Misconfigured, Rejected

Write = Literal["overwrite", "skip_empty", "fill_empty_only"]
_KINDS = ("column", "constant", "template", "lookup")


class Lookup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tool's own id of a record that another sync has delivered.

    Attributes:
        sync: The other sync.
        key: Our column that holds the other sync's key.
        take: What the tool calls its id; for people.
    """

    sync: str
    key: str
    take: str = "Id"


class FieldRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one field of the tool comes from: exactly one of the first four.

    Attributes:
        column: A column of the model; dotted for a part of a structured one.
        constant: The same value for every record.
        template: Jinja over the row's columns.
        lookup: The tool's id of another record.
        write: ``overwrite``: also with nothing; ``skip_empty``: an empty value is not
            sent; ``fill_empty_only``: the first value that there is is sent, and no
            later one.
    """

    column: str | None = None
    constant: Any = msgspec.UNSET
    template: str | None = None
    lookup: Lookup | None = None
    write: Write = "overwrite"


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    rule: FieldRule
    template: Template | None
    columns: tuple[str, ...]

    @property
    def is_filled_once(self) -> bool:
        """Whether a value that has been sent is never sent again."""
        # a template may be filled by some values of its columns and not by others
        return self.rule.write == "fill_empty_only" and self.template is None


class FieldMapping:
    """A sync's mapping, ready to use.

    Args:
        declared: As written: a column, or a rule, by field of the tool.
        place: Where it is written, for errors.

    Raises:
        Misconfigured: A rule names no source or several, or holds no template.
    """

    def __init__(self, declared: Mapping[str, str | FieldRule], place: str) -> None:
        self._fields = [
            _read(name, rule, f"{place}.{name}") for name, rule in declared.items()
        ]

    @property
    def names(self) -> tuple[str, ...]:
        """The tool's fields."""
        return tuple(field.name for field in self._fields)

    @property
    def filled_once(self) -> tuple[str, ...]:
        """The tool's fields that get the first value that there is."""
        return tuple(
            field.name
            for field in self._fields
            if field.rule.write == "fill_empty_only"
        )

    @property
    def compared(self) -> tuple[str, ...]:
        """Columns whose change may send a record."""
        return _distinct(
            column
            for field in self._fields
            if not field.is_filled_once
            for column in field.columns
        )

    @property
    def filled(self) -> tuple[str, ...]:
        """Columns of which it matters only whether they are empty."""
        known = self.compared
        return tuple(column for column in self.columns if column not in known)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read."""
        return _distinct(column for field in self._fields for column in field.columns)

    @property
    def lookups(self) -> tuple[Lookup, ...]:
        """Ids of other syncs that it asks for, each once."""
        found = {
            lookup_column(field.rule.lookup): field.rule.lookup
            for field in self._fields
            if field.rule.lookup is not None
        }
        return tuple(found.values())

    def record(
        self, row: Mapping[str, Any], before: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return what the tool gets for a row.

        Args:
            row: Value by column.
            before: What the tool has from us, by field; None where it has no such
                record.

        Raises:
            Rejected: A template cannot be filled, or the record that a lookup points
                at has not been delivered yet.
        """
        record = {}
        for field in self._fields:
            write = field.rule.write
            is_filled = not is_empty((before or {}).get(field.name))
            if write == "fill_empty_only" and is_filled:
                continue
            value = _value(field, row)
            if write != "overwrite" and is_empty(value):
                continue
            record[field.name] = value
        return record


def is_empty(value: Any) -> bool:
    """Return whether a value says nothing."""
    return value is None or value == ""


def lookup_column(lookup: Lookup) -> str:
    """Return the column that a looked-up id is staged in."""
    return f"{lookup.sync} by {lookup.key}"


def _value(field: _Field, row: Mapping[str, Any]) -> Any:
    rule = field.rule
    if field.template is not None:
        return field.template.fill(row)
    if rule.lookup is not None:
        found = row[lookup_column(rule.lookup)]
        if found is None and row[rule.lookup.key] is not None:
            raise Rejected(f"{field.name} waits for {rule.lookup.sync} to deliver it")
        return found
    return row[rule.column] if rule.column is not None else rule.constant


def _read(name: str, declared: str | FieldRule, place: str) -> _Field:
    rule = FieldRule(column=declared) if isinstance(declared, str) else declared
    given = [
        kind for kind in _KINDS if getattr(rule, kind) not in (None, msgspec.UNSET)
    ]
    # a constant may be null
    if rule.constant is None:
        given.append("constant")
    if len(given) != 1:
        raise Misconfigured(
            f"one of {', '.join(_KINDS)} is needed, found {len(given)}", place=place
        )
    if rule.template is not None:
        template = text_template(rule.template, place, _written)
        return _Field(name, rule, template, _columns_of(rule.template, place))
    if rule.lookup is not None:
        columns = (rule.lookup.key, lookup_column(rule.lookup))
        return _Field(name, rule, None, columns)
    return _Field(name, rule, None, (rule.column,) if rule.column is not None else ())


def _written(value: Any) -> str:
    return "" if value is None else str(value)


def _columns_of(source: str, place: str) -> tuple[str, ...]:
    """Return the columns that a template reads."""
    try:
        tree = ImmutableSandboxedEnvironment().parse(source)
    except TemplateSyntaxError as error:
        raise Misconfigured("this is no template", place=place) from error
    return tuple(sorted(meta.find_undeclared_variables(tree) - {"range"}))


def _distinct(names: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
