"""OAuth session tokens, for the vendors whose sessions end in the middle of a load."""

from __future__ import annotations

from typing import Any

import requests
from dlt.common.configuration import configspec
from dlt.sources.helpers.rest_client.auth import OAuth2ClientCredentials

from cdp.errors import Misconfigured
from cdp.settings import WORKSPACE_FILE


@configspec
class SessionToken(OAuth2ClientCredentials):
    """A session token that is renewed when the server says that it has ended."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token on a request."""
        request = super().__call__(request)
        request.register_hook("response", self._renew)
        return request

    def parse_access_token(self, response_json: Any) -> Any:
        """Return the token of an answer.

        Raises:
            Misconfigured: There is none in it.
        """
        if isinstance(response_json, dict) and response_json.get("access_token"):
            return response_json["access_token"]
        raise Misconfigured(
            "no session was given out",
            place=str(self.access_token_url),
            fix=f"Check this source's url and credentials in {WORKSPACE_FILE}",
        )

    def _renew(self, response: requests.Response, **options: Any) -> requests.Response:
        if response.status_code != requests.codes.unauthorized:
            return response
        response.close()
        self.obtain_token()
        again = response.request.copy()
        again.headers["Authorization"] = f"Bearer {self.access_token}"
        adapter: Any = response.connection
        answer: requests.Response = adapter.send(again, **options)
        return answer
