"""OAuth session tokens, for the vendors whose sessions end in the middle of a load."""

from __future__ import annotations

from typing import Any

import requests
from dlt.common.configuration import configspec
from dlt.sources.helpers.rest_client.auth import OAuth2ClientCredentials


@configspec
class SessionToken(OAuth2ClientCredentials):
    """A session token that is renewed when the server says that it has ended."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token on a request."""
        request = super().__call__(request)
        request.register_hook("response", self._renew)
        return request

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
