"""Reading a vendor's REST API: one client, patient with the server, clear when it ends.

429 and 5xx answers, broken connections and answers that break off are asked for again:
after the time that Retry-After states, otherwise after a pause that doubles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import requests
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from requests.auth import AuthBase

from cdp.errors import CdpError, Misconfigured, Rejected, Unavailable
from cdp.settings import WORKSPACE_FILE, Settings

ATTEMPTS = 7
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 300
TIMEOUT_SECONDS = 60


def section_of_kind(settings: Settings, kind: str) -> dict[str, Any]:
    """Return the settings of the source of this kind, its references resolved.

    Raises:
        Misconfigured: There is no such source, or a variable of it is not set.
    """
    sources = settings.document.get("sources") or {}
    for name, source in sources.items():
        if isinstance(source, Mapping) and source.get("kind") == kind:
            return settings.section(f"sources.{name}")
    raise Misconfigured(
        f"no source of kind {kind}",
        place=f"{WORKSPACE_FILE}: sources",
        fix=f"Add one with `kind: {kind}`",
    )


def session() -> requests.Session:
    """Return a session that repeats what is worth repeating."""
    client = Client(
        request_timeout=TIMEOUT_SECONDS,
        raise_for_status=False,
        request_max_attempts=ATTEMPTS,
        request_backoff_factor=FIRST_PAUSE_SECONDS,
        request_max_retry_delay=LONGEST_PAUSE_SECONDS,
    )
    return client.session


def pages(client: RESTClient, path: str, **options: Any) -> Iterator[PageData[Any]]:
    """Yield the pages of a list.

    Args:
        client: The vendor's API.
        path: The list's path.
        options: ``params``, ``paginator``, ``data_selector`` of the client.

    Raises:
        Misconfigured: The credentials are refused.
        Unavailable: The vendor still answers with 429 or 5xx, or not at all.
        Rejected: The vendor refuses the request itself.
    """
    try:
        yield from client.paginate(path, **options)
    except requests.RequestException as error:
        if error.response is not None:
            raise _refusal(error.response, client.base_url) from error
        raise Unavailable(
            f"no answer after {ATTEMPTS} attempts ({type(error).__name__})",
            place=client.base_url,
            fix="Check the address and the network, then load again",
        ) from error


def _refusal(response: requests.Response, place: str) -> CdpError:
    status, path = response.status_code, response.url.partition("?")[0]
    is_token = path.endswith("/token")
    if "REQUEST_LIMIT_EXCEEDED" in response.text or status == 429 or status >= 500:
        return Unavailable(
            f"answered {status} to {ATTEMPTS} attempts",
            place=path,
            fix="Load again later; it goes on where it was",
        )
    if status in {401, 403} or is_token:
        return Misconfigured(
            f"the credentials are refused ({status})",
            place=place,
            fix=f"Check this source's credentials in {WORKSPACE_FILE}",
        )
    return Rejected(f"the request is refused ({status})", place=path)


def new_client(
    url: str, auth: AuthBase, headers: Mapping[str, str] | None = None
) -> RESTClient:
    """Return a client of one vendor's API."""
    return RESTClient(
        base_url=url.rstrip("/"),
        headers=dict(headers or {}),
        auth=auth,
        session=session(),
    )
