"""Klaviyo's bulk import of profiles: a job taken now and done a little later."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.tools.klaviyo_people import People, check_shape, find_fault, now_text
from sandbox.tools.klaviyo_replies import RefusedError
from sandbox.tools.stand import Stand

MAX_PROFILES = 10_000
MAX_BYTES = 5 * 1024 * 1024
JOBS = "profile-bulk-import-jobs"


def _at(pointer: str) -> dict[str, str]:
    return {"pointer": pointer}


@dataclass(slots=True)
class Imports:
    """Jobs of one account.

    A job is queued when it is made, processing when it is first asked for, complete
    from then on.
    """

    stand: Stand
    _people: People = field(init=False)

    def __post_init__(self) -> None:
        """Open the account's profiles."""
        self._people = People(self.stand.store)

    def start(self, body: Any, size: int) -> dict[str, Any]:
        """Take a job and return its document.

        Raises:
            RefusedError: The job breaks the vendor's limits or shape.
        """
        if size > MAX_BYTES:
            raise RefusedError(413, "Payload must not be larger than 5 MB.")
        try:
            attributes = body["data"]["attributes"]
            profiles = attributes["profiles"]["data"]
            kind = body["data"]["type"]
        except (KeyError, TypeError) as error:
            pointer = _at("/data/attributes/profiles")
            raise RefusedError(400, "profiles is required.", pointer) from error
        if kind != "profile-bulk-import-job":
            raise RefusedError(400, "wrong resource type", _at("/data/type"))
        if not isinstance(profiles, list) or not 0 < len(profiles) <= MAX_PROFILES:
            detail = f"Between 1 and {MAX_PROFILES} profiles can be imported."
            raise RefusedError(400, detail, _at("/data/attributes/profiles/data"))
        for index, profile in enumerate(profiles):
            check_shape(profile, f"/data/attributes/profiles/data/{index}")
        return self._keep(profiles, self._lists_of(body["data"]))

    def _lists_of(self, data: Mapping[str, Any]) -> list[str]:
        related = data.get("relationships", {}).get("lists", {}).get("data", [])
        lists = [one["id"] for one in related]
        for list_id in lists:
            known = self.stand.store.get("klaviyo", "lists", list_id)
            is_named = list_id == self.stand.credentials["KLAVIYO_LIST_ID"]
            if known is None and not is_named:
                detail = f"A list with id {list_id} does not exist."
                raise RefusedError(404, detail, _at("/data/relationships/lists/data"))
        return lists

    def _keep(self, profiles: list[Any], lists: list[str]) -> dict[str, Any]:
        errors, documents, written = [], dict[str, dict[str, Any]](), []
        for index, profile in enumerate(profiles):
            attributes = profile["attributes"]
            fault = find_fault(attributes)
            if fault:
                pointer = f"/data/attributes/profiles/data/{index}/attributes/{fault}"
                errors.append(_import_error(fault, pointer, attributes))
                continue
            document = self._people.merge(attributes, documents)
            documents[document["id"]] = document
            written.append((_key_of(attributes), attributes))
        self._store(documents, lists)
        self.stand.note_writes("klaviyo", written)
        job = _job(len(profiles), len(written), len(errors))
        kept = {**job, "errors": errors, "lists": lists}
        self.stand.store.put_many("klaviyo", JOBS, [(job["id"], kept)])
        return _shown(job, "queued", lists)

    def _store(self, documents: dict[str, dict[str, Any]], lists: list[str]) -> None:
        store = self.stand.store
        store.put_many("klaviyo", "profiles", documents.items())
        for list_id in lists:
            members = ((f"{list_id}:{key}", {"id": key}) for key in documents)
            store.put_many("klaviyo", "list_profiles", members)

    def show(self, job_id: str) -> dict[str, Any]:
        """Return a job; asking moves it on.

        Raises:
            RefusedError: There is no such job.
        """
        job = self._get(job_id)
        if not job["asked"]:
            asked = {**job, "asked": True}
            self.stand.store.put_many("klaviyo", JOBS, [(job_id, asked)])
        return _shown(job, "complete" if job["asked"] else "processing", job["lists"])

    def errors(self, job_id: str) -> list[dict[str, Any]]:
        """Return what was not imported, and why."""
        errors: list[dict[str, Any]] = self._get(job_id)["errors"]
        return errors

    def _get(self, job_id: str) -> dict[str, Any]:
        job = self.stand.store.get("klaviyo", JOBS, job_id)
        if job is None:
            raise RefusedError(404, f"A job with id {job_id} does not exist.")
        return job


def _shown(job: Mapping[str, Any], status: str, lists: list[str]) -> dict[str, Any]:
    is_done = status == "complete"
    attributes = {
        **job["attributes"],
        "status": status,
        "completed_count": job["attributes"]["completed_count"] if is_done else 0,
        "failed_count": job["attributes"]["failed_count"] if is_done else 0,
    }
    if is_done:
        attributes["completed_at"] = now_text()
    related = [{"type": "list", "id": one} for one in lists]
    return {
        "type": job["type"],
        "id": job["id"],
        "attributes": attributes,
        "relationships": {"lists": {"data": related}},
        "links": {"self": f"/api/{JOBS}/{job['id']}/"},
    }


def _key_of(attributes: Mapping[str, Any]) -> str:
    return str(attributes.get("external_id") or attributes.get("email") or "").lower()


def _import_error(
    name: str, pointer: str, attributes: Mapping[str, Any]
) -> dict[str, Any]:
    error = {
        "code": "invalid",
        "title": "Invalid input.",
        "detail": f"Invalid {name.replace('_', ' ')}",
        "source": {"pointer": pointer},
        "original_payload": dict(attributes),
    }
    return {"type": "import-error", "id": str(uuid.uuid4()), "attributes": error}


def _job(total: int, completed: int, failed: int) -> dict[str, Any]:
    expires = datetime.now(UTC) + timedelta(days=7)
    return {
        "type": "profile-bulk-import-job",
        "id": secrets.token_urlsafe(12),
        "asked": False,
        "attributes": {
            "created_at": now_text(),
            "started_at": now_text(),
            "expires_at": f"{expires:%Y-%m-%dT%H:%M:%S+00:00}",
            "total_count": total,
            "completed_count": completed,
            "failed_count": failed,
        },
    }
