"""From an event to a Salesforce record: usual fields, and those of the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from activation.destinations.mapping import (
    CITY,
    COUNTRY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    PHONE,
    POSTAL_CODE,
    STATE,
    Field,
    fields_of,
    find,
    stripped,
    text,
    with_names,
)
from activation.destinations.templates import text_template
from activation.values import encode
from cdp.errors import Misconfigured

_STREET = ("traits.street", "traits.address.street", "context.traits.address.street")
_TITLE = ("traits.title", "traits.job_title", "context.traits.title")
_PERSON = (
    Field("FirstName", FIRST_NAME),
    Field("LastName", LAST_NAME),
    Field("Email", EMAIL, stripped),
    Field("Phone", PHONE),
    Field("Title", _TITLE),
)
USUAL = {
    "Contact": (
        *_PERSON,
        Field("MailingStreet", _STREET),
        Field("MailingCity", CITY),
        Field("MailingState", STATE),
        Field("MailingPostalCode", POSTAL_CODE),
        Field("MailingCountry", COUNTRY),
    ),
    "Lead": (
        *_PERSON,
        Field("Company", ("traits.company.name", "traits.company"), text),
        Field("Website", ("traits.website",)),
        Field("Street", _STREET),
        Field("City", CITY),
        Field("State", STATE),
        Field("PostalCode", POSTAL_CODE),
        Field("Country", COUNTRY),
    ),
    "Account": (
        Field("Name", ("traits.name",)),
        Field("Website", ("traits.website", "traits.domain")),
        Field("Phone", ("traits.phone",)),
        Field("Industry", ("traits.industry",)),
        Field("NumberOfEmployees", ("traits.employees", "traits.employee_count")),
        Field("BillingCity", ("traits.city", "traits.address.city")),
        Field("BillingCountry", ("traits.country", "traits.address.country")),
    ),
}


@dataclass(frozen=True, slots=True)
class OwnFields:
    """Fields that the settings name.

    Attributes:
        values: Gives each field's value for an event; None leaves it out.
    """

    values: Mapping[str, Callable[[Mapping[str, Any]], Any]]

    def of(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields that the event has values for.

        Raises:
            Rejected: A template cannot be filled.
        """
        found = {name: value(event) for name, value in self.values.items()}
        return {name: _flat(one) for name, one in found.items() if one is not None}


def usual_fields(object_name: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the usual fields of an object that the event has values for."""
    found = fields_of(with_names(event), USUAL.get(object_name, ()))
    return {name: _flat(value) for name, value in found.items()}


def _flat(value: Any) -> Any:
    """Return a value for one field; several choices are joined by semicolons."""
    if isinstance(value, list):
        return ";".join(text(one) or encode(one).decode() for one in value)
    return encode(value).decode() if isinstance(value, Mapping) else value


def read_fields(written: Any, place: str) -> OwnFields:
    """Read ``fields`` of the settings.

    Raises:
        Misconfigured: One is not written as it must be.
    """
    if not isinstance(written, Mapping):
        raise Misconfigured("expected names and values", place=place)
    return OwnFields(
        {
            str(name): _value_of(value, f"{place}.{name}")
            for name, value in written.items()
        }
    )


def _value_of(written: Any, place: str) -> Callable[[Mapping[str, Any]], Any]:
    if isinstance(written, str):
        return lambda event: find(event, written)
    if isinstance(written, Mapping) and "constant" in written:
        return lambda _: written["constant"]
    if isinstance(written, Mapping) and written.get("template"):
        template = text_template(str(written["template"]), place, _shown)
        return lambda event: template.fill(event).strip() or None
    raise Misconfigured(
        "a field has a path of the event, a constant or a template",
        place=place,
        fix="Write properties.total, {constant: Web} or {template: …}",
    )


def _shown(value: Any) -> str:
    flat = _flat(value)
    return "" if flat is None else text(flat) or str(flat)
