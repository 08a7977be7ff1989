"""Reading a vendor's REST API: one client, patient with the server, clear when it ends.

Clients and lists are declared as dlt's ``rest_api`` declares them, and made by it.

429 and 5xx answers, broken connections and answers that break off are asked for again:
after the time that Retry-After states, otherwise after a pause that doubles. What is no
answer of the vendor (``answers.py``) ends a load: a sign-in page is not an empty list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client.auth import AuthConfigBase
from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.rest_api.config_setup import (
    create_auth,
    create_paginator,
    create_response_hooks,
    register_auth,
)
from dlt.sources.rest_api.typing import ClientConfig, Endpoint

from cdp.errors import Misconfigured, Unavailable
from cdp.settings import WORKSPACE_FILE, Settings
from ingestion.sources.answers import ATTEMPTS, checked, refusal
from ingestion.sources.rest_paginators import CertainPaginators
from ingestion.sources.session_token import SessionToken

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 300
TIMEOUT_SECONDS = 60
_OAUTH = "oauth2_client_credentials"
_NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)

# dlt's own does not renew a session that the tool has ended
register_auth(_OAUTH, SessionToken)


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
    endpoint: Endpoint,
    *,
    has: str | None = None,
    check: Callable[..., None] | None = None,
) -> Iterator[PageData[Any]]:
    """Yield the pages of a list.

    Args:
        client: The vendor's API.
        endpoint: The list, as dlt's ``rest_api`` declares it.
        has: A field that every answer of the vendor has, "" where there is none; the
            selected one without it.
        check: The hook that lets only answers of the vendor pass, in place of ``has``.

    Raises:
        Misconfigured: The credentials are refused, or nothing of the vendor is there.
        Unavailable: The vendor still answers with 429 or 5xx, or not at all.
        Rejected: The vendor refuses the request itself.
    """
    if check is None:
        check = checked(str(endpoint["data_selector"]) if has is None else has)
    asked: Any = {**endpoint, "hooks": {"response": [check]}}
    asked["paginator"] = create_paginator(endpoint.get("paginator"))
    if actions := asked.pop("response_actions", None):
        asked["hooks"] = create_response_hooks([*actions, check])
    try:
        yield from client.paginate(**asked)
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


def answer(client: RESTClient, endpoint: Endpoint, *, has: str) -> Any:
    """Return one answer that is no list.

    Args:
        client: The vendor's API.
        endpoint: What is asked.
        has: A field that the answer has.

    Raises:
        CdpError: As ``pages`` does.
    """
    once: Endpoint = {**endpoint, "paginator": "single_page", "data_selector": "$"}
    return next(pages(client, once, has=has)).response.json()


def new_client(declared: ClientConfig) -> RESTClient:
    """Return a client of one vendor's API.

    Args:
        declared: Its address, headers, authentication and the paginator of its lists,
            as dlt's ``rest_api`` declares them.
    """
    return RESTClient(
        base_url=declared["base_url"].rstrip("/"),
        headers=declared.get("headers"),
        auth=_auth(declared.get("auth")),
        paginator=create_paginator(declared.get("paginator")),
        session=session(),
        paginator_factory=CertainPaginators(),
    )


def _auth(declared: Any) -> AuthConfigBase | None:
    if not declared:
        return None
    made: Any = {  # a key of digits is a number in YAML
        name: value if isinstance(value, Mapping) else str(value)
        for name, value in declared.items()
    }
    if made.get("type") == _OAUTH:
        made["session"] = session()
    return create_auth(made)
