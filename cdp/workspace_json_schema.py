"""``headwater.yml`` as JSON Schema (draft 2020-12), for editors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cdp.workspace_schema import Kind, Setting

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_FILE = "headwater.schema.json"
WHOLE_REFERENCE = r"^\$\{[A-Z][A-Z0-9_]*\}$"
_WITH_REFERENCE = {"type": "string", "pattern": r"\$\{[A-Z][A-Z0-9_]*(:-[^}]*)?\}"}
# an id may be written without quotes, so that YAML reads it as a number
_TYPES = {
    "string": ["string", "number"],
    "number": ["number"],
    "boolean": ["boolean"],
    "list": ["array"],
    "object": ["object"],
}


def json_schema(workspace: Setting) -> dict[str, Any]:
    """Return the schema of the whole file.

    Args:
        workspace: What ``cdp.workspace_sections.workspace_setting`` returns.
    """
    definitions: dict[str, Any] = {}
    schema = _object(workspace, definitions)
    return {
        "$schema": DIALECT,
        "description": workspace.description,
        **schema,
        "$defs": definitions,
    }


def rendered(workspace: Setting) -> str:
    """Return the schema as the text of its file."""
    return json.dumps(json_schema(workspace), indent=2) + "\n"


def _schema(setting: Setting, definitions: dict[str, Any]) -> dict[str, Any]:
    kinds = (setting.kind, *setting.or_kinds)
    schemas = [_of_kind(kind, setting, definitions) for kind in kinds]
    schema: dict[str, Any] = {"description": setting.description}
    if setting.default is not None:
        schema["default"] = setting.default
    if len(schemas) == 1:
        return schema | schemas[0]
    return schema | {"anyOf": schemas}


def _of_kind(
    kind: str, setting: Setting, definitions: dict[str, Any]
) -> dict[str, Any]:
    if kind == "object":
        return _object(setting, definitions)
    if kind == "list":
        return _list(setting, definitions)
    if kind == "number" and not setting.choices:
        return {"anyOf": [_number(setting), _WITH_REFERENCE]}
    if kind == "string" and setting.form is not None and not setting.is_secret:
        text = {"type": "string", "pattern": f"^({setting.form.pattern})$"}
        return {"anyOf": [text, _WITH_REFERENCE]}
    return _scalar(kind, setting.choices, is_secret=setting.is_secret)


def _number(setting: Setting) -> dict[str, Any]:
    bounds = {"minimum": setting.least, "maximum": setting.most}
    return {
        "type": "integer" if setting.is_whole else "number",
        **{name: bound for name, bound in bounds.items() if bound is not None},
    }


def _scalar(kind: str, choices: Sequence[Any], *, is_secret: bool) -> dict[str, Any]:
    if is_secret:
        return {"type": "string", "pattern": WHOLE_REFERENCE}
    if choices:
        return {"anyOf": [{"enum": list(choices)}, _WITH_REFERENCE]}
    if kind == "string":
        return {"type": _TYPES[kind]}
    return {"anyOf": [{"type": _TYPES[kind][0]}, _WITH_REFERENCE]}


def _list(setting: Setting, definitions: dict[str, Any]) -> dict[str, Any]:
    if setting.each is not None:
        items = _schema(setting.each, definitions)
    else:
        items = _scalar("string", setting.choices, is_secret=setting.is_secret)
    schema = {"type": _nullable("array", setting), "items": items}
    return schema | ({"minItems": 1} if setting.must_be_given else {})


def _object(setting: Setting, definitions: dict[str, Any]) -> dict[str, Any]:
    if setting.kinds:
        return _by_kind(setting, definitions)
    schema: dict[str, Any] = {
        "title": setting.name,  # what an editor calls a new one
        "type": _nullable("object", setting),
    }
    if setting.keys:
        schema["properties"] = {
            key.name: _schema(key, definitions) for key in setting.keys
        }
        schema["additionalProperties"] = False
        required = [key.name for key in setting.keys if key.must_be_given]
        if required:
            schema["required"] = required
    elif setting.each is not None:
        schema["additionalProperties"] = _schema(setting.each, definitions)
    return schema


def _nullable(name: str, setting: Setting) -> Any:
    """An optional section may stand there with nothing in it yet."""
    return name if setting.must_be_given else [name, "null"]


def _by_kind(setting: Setting, definitions: dict[str, Any]) -> dict[str, Any]:
    for kind in setting.kinds:
        definitions[f"{setting.name}_{kind.name}"] = _kind_schema(kind, definitions)
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {
            "kind": {
                "description": "Which kind it is.",
                "oneOf": [
                    {"const": kind.name, "description": kind.description}
                    for kind in setting.kinds
                ],
            }
        },
        "allOf": [
            {
                "if": {
                    "properties": {"kind": {"const": kind.name}},
                    "required": ["kind"],
                },
                "then": {"$ref": f"#/$defs/{setting.name}_{kind.name}"},
            }
            for kind in setting.kinds
        ],
    }


def _kind_schema(kind: Kind, definitions: dict[str, Any]) -> dict[str, Any]:
    settings = kind.all_settings()
    return {
        "description": kind.description,
        "type": "object",
        "properties": {
            "kind": {"const": kind.name},
            **{one.name: _schema(one, definitions) for one in settings},
        },
        "additionalProperties": False,
        "required": [one.name for one in settings if one.must_be_given],
    }
