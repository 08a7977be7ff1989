"""The OpenAPI 3.1 document, made from the table of addresses."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import msgspec

from orchestration.api.bodies import Failure
from orchestration.api.routes import ADDRESSES, Address

_REFERENCE = "#/components/schemas/{name}"
_FAILURES = {
    "400": "A parameter is not understood",
    "401": "The key is missing or wrong",
    "403": "The key has not the scope",
    "404": "There is nothing of this name",
    "503": "The workspace cannot be read as it is now",
}


def openapi_document() -> dict[str, Any]:
    """Return the document."""
    bodies = [address.body for address in ADDRESSES]
    schemas, components = msgspec.json.schema_components(
        [*bodies, Failure], ref_template=_REFERENCE
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Headwater workspace",
            "version": version("headwater"),
            "description": "What a workspace is set to, and how it does. Read only.",
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": {
            address.path: {"get": _operation(address, schema)}
            for address, schema in zip(ADDRESSES, schemas[:-1], strict=True)
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": components,
        },
    }


def _operation(address: Address, schema: dict[str, Any]) -> dict[str, Any]:
    asked = {parameter.place for parameter in address.parameters}
    possible = {"401", "403", "503"}
    possible |= {"400"} if "query" in asked else set()
    possible |= {"404"} if "path" in asked else set()
    return {
        "operationId": _operation_id(address.path),
        "summary": address.summary,
        "description": f"Needs the scope `{address.scope}`.",
        "parameters": [
            {
                "name": parameter.name,
                "in": parameter.place,
                "required": parameter.place == "path",
                "description": parameter.description,
                "schema": dict(parameter.schema),
            }
            for parameter in address.parameters
        ],
        "responses": {
            "200": {
                "description": address.summary,
                "headers": {
                    "ETag": {
                        "description": "Send it as If-None-Match to ask what changed.",
                        "schema": {"type": "string"},
                    }
                },
                "content": {"application/json": {"schema": schema}},
            },
            "304": {"description": "Nothing has changed since the ETag that was sent"},
            **{code: _failure(_FAILURES[code]) for code in sorted(possible)},
        },
    }


def _operation_id(path: str) -> str:
    words = path.removeprefix("/v1/").replace("{", "by_").replace("}", "").split("/")
    return "get_" + "_".join(words)


def _failure(description: str) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(name="Failure")}
    content = {"application/json": {"schema": schema}}
    return {"description": description, "content": content}
