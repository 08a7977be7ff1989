"""Meta: custom audiences, people added and taken out by hashes.

Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from activation.destinations import hashing
from activation.destinations.delivery import Item, Limits
from activation.destinations.exchange import Request, read_answer
from activation.destinations.hashing import Normalise, hashed
from activation.destinations.membership import CHANGE, change_of, deliver_changes
from activation.destinations.meta_graph import Graph
from activation.destinations.outcome import NotTaken, Outcome, Status
from activation.values import encode
from cdp.errors import Misconfigured, Rejected

_ADD, _REMOVE = "add", "remove"
# our field: Meta's column, how it is written before it is hashed
COLUMNS: dict[str, tuple[str, Normalise]] = {
    "external_id": ("EXTERN_ID", hashing.trimmed),
    "email": ("EMAIL", hashing.email),
    "phone": ("PHONE", hashing.phone_digits),
    "first_name": ("FN", hashing.meta_name),
    "last_name": ("LN", hashing.meta_name),
    "gender": ("GEN", hashing.meta_gender),
    "birth_year": ("DOBY", hashing.plain),
    "birth_month": ("DOBM", hashing.meta_month_or_day),
    "birth_day": ("DOBD", hashing.meta_month_or_day),
    "city": ("CT", hashing.meta_place),
    "state": ("ST", hashing.meta_place),
    "postal_code": ("ZIP", hashing.meta_postal_code),
    "country": ("COUNTRY", hashing.meta_country),
}
_BY_COLUMN = {column: (column, rule) for column, rule in COLUMNS.values()}
_MATCHING = frozenset({"EXTERN_ID", "EMAIL", "PHONE", "MADID"})


class _Answer(msgspec.Struct, frozen=True):
    num_received: int = 0
    num_invalid_entries: int = 0


class CustomAudience:
    """One audience.

    Args:
        settings: ``url``, ``access_token``, ``phone_country_code``.
        object_name: The audience's id.
        external_id_field: Not used: Meta matches by any column.
        client: Where connections are kept.
    """

    # ten thousand people a request, says the vendor
    limits = Limits(records=10_000, bytes=8_000_000)

    def __init__(
        self,
        settings: Mapping[str, Any],
        object_name: str,
        external_id_field: str = "",  # noqa: ARG002 - as the registry calls it
        *,
        client: httpx.Client | None = None,
    ) -> None:
        if not object_name:
            raise Misconfigured(
                "Meta needs an audience",
                place="the exposure's config.meta.sync",
                fix="Give the audience's id as object",
            )
        self._graph = Graph(settings, client)
        self._path = f"{quote(object_name, safe='')}/users"
        self._calling_code = str(settings.get("phone_country_code") or "")

    def prepare(self, record: Mapping[str, Any]) -> Item:
        """Return a person to add, by hashes.

        Raises:
            Rejected: Meta could not find the person by what there is.
        """
        return Item(encode(self._row(record)), _ADD)

    def prepare_removal(self, record: Mapping[str, Any]) -> Item:
        """Return a person to take out, by hashes.

        Raises:
            Rejected: Meta could not find the person by what there is.
        """
        return Item(encode(self._row(record)), _REMOVE)

    def prepare_change(
        self, before: Mapping[str, Any], record: Mapping[str, Any]
    ) -> Item:
        """Return a person to take out as they were and to add as they are.

        Raises:
            Rejected: Meta could not find the person by what there is.
        """
        return change_of(self.prepare_removal(before), self.prepare(record))

    def _row(self, record: Mapping[str, Any]) -> dict[str, str]:
        found: dict[str, str] = {}
        for field, value in record.items():
            column, rule = COLUMNS.get(field) or _BY_COLUMN.get(field) or ("", None)
            if rule is None:
                if field.upper() == "MADID" and value:
                    found["MADID"] = str(value).strip().lower()
                continue
            if rule is hashing.phone_digits and self._calling_code:
                rule = partial(hashing.phone_digits, calling_code=self._calling_code)
            if known := hashed(value, rule):
                found[column] = known
        if not found.keys() & _MATCHING:
            raise Rejected("a person needs one of external_id, email, phone, madid")
        return found

    def request(self, items: Sequence[Item]) -> Request:
        """Return the request that adds or takes out these people, as one session."""
        rows = [
            msgspec.json.decode(item.content, type=dict[str, str]) for item in items
        ]
        schema = list(dict.fromkeys(column for row in rows for column in row))
        payload = {
            "schema": schema,
            "data": [[row.get(column, "") for column in schema] for row in rows],
        }
        session = {
            "session_id": int(hashing.sha256(repr(rows))[:12], 16),
            "batch_seq": 1,
            "last_batch_flag": True,
            "estimated_num_total": len(rows),
        }
        method = "DELETE" if items[0].lane == _REMOVE else "POST"
        body = encode({"payload": payload, "session": session})
        return self._graph.request(method, self._path, body)

    def deliver(self, items: Sequence[Item]) -> list[Outcome]:
        """Make one attempt.

        Meta counts invalid rows and does not say which they are: smaller requests tell,
        and adding a person twice adds nobody.

        Raises:
            NotTaken: The request was refused, or some of its rows were.
        """
        if items[0].lane == CHANGE:
            return deliver_changes(items, self.deliver)
        response = self._graph.send(self.request(items))
        answer = read_answer(response, _Answer)
        if answer.num_invalid_entries:
            count = answer.num_invalid_entries
            reason = f"{count} of {len(items)} rows are not as Meta wants them"
            raise NotTaken(Outcome(Status.REJECTED, reason, response.status_code))
        return [Outcome(Status.DELIVERED, http_status=200)] * len(items)

    def close(self) -> None:
        """Close connections."""
        self._graph.close()
