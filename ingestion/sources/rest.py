"""Reading a vendor's REST API: one client, patient with the server, clear when it ends.

429 and 5xx answers, broken connections and answers that break off are asked for again:
after the time that Retry-After states, otherwise after a pause that doubles. What is no
answer of the vendor (``answers.py``) ends a load: a sign-in page is not an empty list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.helpers.rest_client.detector import PaginatorFactory
from dlt.sources.helpers.rest_client.paginators import SinglePagePaginator
from requests.auth import AuthBase

from cdp.errors import Misconfigured, Unavailable
from cdp.settings import WORKSPACE_FILE, Settings
from ingestion.sources.answers import ATTEMPTS, checked, refusal

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 300
TIMEOUT_SECONDS = 60
_NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)


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


def pages(
    client: RESTClient,
    path: str,
    *,
    has: str | None = None,
    check: Callable[..., None] | None = None,
    **options: Any,
) -> Iterator[PageData[Any]]:
    """Yield the pages of a list.

    Args:
        client: The vendor's API.
        path: The list's path.
        has: A field that every answer of the vendor has, "" where there is none; the
            selected one without it.
        check: The hook that lets only answers of the vendor pass, in place of ``has``.
        options: ``params``, ``paginator``, ``data_selector`` of the client.

    Raises:
        Misconfigured: The credentials are refused, or nothing of the vendor is there.
        Unavailable: The vendor still answers with 429 or 5xx, or not at all.
        Rejected: The vendor refuses the request itself.
    """
    if check is None:
        check = checked(options["data_selector"] if has is None else has)
    hooks: Any = {"response": [check]}
    try:
        yield from client.paginate(path, hooks=hooks, **options)
    except _NO_ADDRESS as error:
        raise Misconfigured(
            "this is no address",
            place=client.base_url,
            fix=f"Check this source's url in {WORKSPACE_FILE}: it begins with https://",
        ) from error
    except requests.JSONDecodeError as error:  # in place of a session's token
        raise Misconfigured(
            "answered with something that is no JSON, perhaps a page to sign in",
            place=client.base_url,
            fix=f"Check this source's url in {WORKSPACE_FILE}",
        ) from error
    except requests.RequestException as error:
        if error.response is not None and not error.response.ok:
            raise refusal(error.response, client.base_url) from error
        raise Unavailable(
            f"no answer after {ATTEMPTS} attempts ({type(error).__name__})",
            place=client.base_url,
            fix="Check the address and the network, then load again",
        ) from error


def answer(client: RESTClient, path: str, *, has: str, **options: Any) -> Any:
    """Return one answer that is no list.

    Args:
        client: The vendor's API.
        path: What is asked.
        has: A field that the answer has.
        options: As those of ``pages``.

    Raises:
        CdpError: As ``pages`` does.
    """
    found = pages(
        client,
        path,
        has=has,
        paginator=SinglePagePaginator(),
        data_selector="$",
        **options,
    )
    return next(found).response.json()


def new_client(
    url: str,
    auth: AuthBase | None,
    headers: Mapping[str, str] | None = None,
    paginators: PaginatorFactory | None = None,
) -> RESTClient:
    """Return a client of one vendor's API.

    Args:
        url: Its address.
        auth: How it lets us in; None where it asks nobody.
        headers: Of every request.
        paginators: What finds out how a list goes on where that is not declared.
    """
    return RESTClient(
        base_url=url.rstrip("/"),
        headers=dict(headers or {}),
        auth=auth,
        session=session(),
        paginator_factory=paginators,
    )
