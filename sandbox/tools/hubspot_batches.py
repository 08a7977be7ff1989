"""HubSpot's batches: records made, laid over each other, read, archived by key."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.tools.stand import Stand

MAX_INPUTS = 100
MAX_INPUTS_WITH_HISTORY = 50
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Batches:
    """Writes of one account."""

    stand: Stand

    async def upsert(self, request: Request) -> Response:
        """Make or change the records that the key of each input finds."""
        name, inputs = request.path_params["object"], await _inputs_of(request)
        found = self._by_key(name, {str(one["idProperty"]) for one in inputs})
        return _answer(self._write(name, inputs, found))

    async def update(self, request: Request) -> Response:
        """Change the records that the key of each input finds; name the others."""
        name, inputs = request.path_params["object"], await _inputs_of(request)
        found = self._by_key(name, {str(one["idProperty"]) for one in inputs})
        there = [
            one for one in inputs if (one["idProperty"], one["id"].lower()) in found
        ]
        missing = [one["id"] for one in inputs if one not in there]
        message = "Could not get some objects, they may be deleted or not exist."
        error = _error("OBJECT_NOT_FOUND", message, {"ids": missing})
        results = self._write(name, there, found)
        for one in results:
            del one["new"]
        return _answer(results, [error] if missing else [])

    async def create(self, request: Request) -> Response:
        """Make records; where each is traced, those that are there are named."""
        name = request.path_params["object"]
        inputs: list[dict[str, Any]] = (await request.json())["inputs"]
        fields = {
            field
            for one in inputs
            for field in one["properties"]
            if field == "email" or field.endswith("_id")
        }
        found = self._by_key(name, fields)
        fresh, errors = list[dict[str, Any]](), list[dict[str, Any]]()
        for one in inputs:
            own = one["properties"]
            keys = [(key, own[key].lower()) for key in sorted(fields) if own.get(key)]
            there = next((found[key] for key in keys if key in found), None)
            if there is None:
                field, key = keys[0] if keys else ("", secrets.token_hex(8))
                fresh.append({**one, "idProperty": field, "id": key})
                continue
            message = f"Object already exists. Existing ID: {there['id']}"
            trace = {"objectWriteTraceId": [one.get("objectWriteTraceId")]}
            errors.append(_error("CONFLICT", message, trace))
        if errors and not all(one.get("objectWriteTraceId") for one in inputs):
            return JSONResponse(errors[0], 409)
        return _answer(self._write(name, fresh, {}), errors, status=201)

    def _write(
        self, name: str, inputs: list[dict[str, Any]], found: Mapping[Key, Any]
    ) -> list[dict[str, Any]]:
        now, documents, results = _now(), dict[str, dict[str, Any]](), []
        for one in inputs:
            field, key = str(one["idProperty"]), str(one["id"])
            known = found.get((field, key.lower()))
            before = known or _new(name, key, now)
            named = {field: key} if field else {}
            properties = {**before["properties"], **named, **one["properties"]}
            body = {**before, "properties": properties}
            if body != known:
                body["updatedAt"] = now
            documents[body["id"]] = body
            results.append({**_plain(body), "new": known is None})
        self.stand.store.put_many("hubspot", name, documents.items())
        written = [(f"{name}:{one['id']}", one["properties"]) for one in inputs]
        self.stand.note_writes("hubspot", written)
        return results

    async def read(self, request: Request) -> Response:
        """Answer the live records with these keys; those not found are left out."""
        name, inputs = request.path_params["object"], await _inputs_of(request)
        asked = await request.json()
        kept = asked.get("propertiesWithHistory", [])
        if kept and len(inputs) > MAX_INPUTS_WITH_HISTORY:
            message = f"at most {MAX_INPUTS_WITH_HISTORY} inputs with history"
            raise ValueError(message)
        field = str(asked.get("idProperty", "hs_object_id"))
        found = self._by_key(name, {field})
        keys = [(field, str(one["id"]).lower()) for one in inputs]
        results = [
            _plain(found[key]) | with_history(found[key], kept)
            for key in keys
            if key in found
        ]
        return JSONResponse({"status": "COMPLETE", "results": results})

    async def archive(self, request: Request) -> Response:
        """Archive records by HubSpot's own ids."""
        name, now = request.path_params["object"], _now()
        keys = [str(one["id"]) for one in await _inputs_of(request)]
        bodies = ((key, self.stand.store.get("hubspot", name, key)) for key in keys)
        gone = [
            (key, {**body, "archived": True, "archivedAt": now, "updatedAt": now})
            for key, body in bodies
            if body
        ]
        self.stand.store.put_many("hubspot", name, gone)
        return Response(status_code=204)

    def _by_key(
        self, name: str, fields: set[str]
    ) -> dict[tuple[str, str], dict[str, Any]]:
        where = "tool = 'hubspot' and object_name = ?"
        bodies = [one.body for _, one in self.stand.store.select(where, [name])]
        return {
            (field, str(value).lower()): body
            for body in bodies
            for field in fields
            if not body["archived"] and (value := _value(body, field))
        }


def _answer(
    results: list[dict[str, Any]],
    errors: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> Response:
    body: dict[str, Any] = {"status": "COMPLETE", "results": results}
    if errors:
        body |= {"numErrors": len(errors), "errors": errors}
    return JSONResponse(body, 207 if errors else status)


def _error(category: str, message: str, context: dict[str, Any]) -> dict[str, Any]:
    body = {"status": "error", "category": category, "message": message}
    return {**body, "context": context}


async def _inputs_of(request: Request) -> list[dict[str, Any]]:
    inputs: list[dict[str, Any]] = (await request.json())["inputs"]
    keys = [str(one["id"]).lower() for one in inputs]
    if not 0 < len(inputs) <= MAX_INPUTS or len(set(keys)) < len(keys):
        message = f"between 1 and {MAX_INPUTS} inputs, none of them twice"
        raise ValueError(message)
    return inputs


def _new(name: str, key: str, now: str) -> dict[str, Any]:
    number = 90_000_000_000 + crc32(f"{name}:{key.lower()}".encode())
    times = {"createdAt": now, "updatedAt": now}
    return {"id": str(number), "properties": {}, "archived": False, **times}


def _value(body: Mapping[str, Any], field: str) -> Any:
    return body["id"] if field == "hs_object_id" else body["properties"].get(field)


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    hidden = ("associations", "propertiesWithHistory")
    return {name: body[name] for name in body if name not in hidden}


def with_history(body: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return what is told of the former values of these properties, newest first."""
    kept = body.get("propertiesWithHistory", {})
    shown = {name: kept[name] for name in names if name in kept}
    return {"propertiesWithHistory": shown} if shown else {}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
