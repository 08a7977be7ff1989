"""Which addresses a webhook may post to: public ones, unless the operator says more.

Whoever can write an address into the settings could otherwise make this server read
its own network: other services of the company, a cloud's metadata. The name is resolved
once and the connection goes to the very address that was judged, so that a name which
changes its mind in between gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpcore
import httpx

from activation.destinations.exchange import timeout_seconds


class PrivateAddress(httpx.UnsupportedProtocol):
    """The name stands for an address that is not on the public Internet."""


def is_public(address: str) -> bool:
    """Say whether an IP address is on the public Internet.

    An IPv4 address within an IPv6 one is judged as what it is.
    """
    try:
        found = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        found = inner or found
    return found.is_global and not found.is_multicast


class UntrustedCertificate(httpx.UnsupportedProtocol):
    """The server's certificate is not one for its name, or nobody vouches for it."""


class _JudgedBackend(httpcore.NetworkBackend):
    """Opens connections to addresses that are allowed."""

    def __init__(self, is_allowed: Callable[[str], bool]) -> None:
        self._backend = httpcore.SyncBackend()
        self._is_allowed = is_allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to one of the name's addresses, if all of them are allowed."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            message = "the name is not known"
            raise httpcore.ConnectError(message) from error
        *others, last = dict.fromkeys(str(one[4][0]) for one in found)
        for address in (*others, last):
            if not self._is_allowed(address):
                message = "the address is not public"
                raise PrivateAddress(message)
        more = (port, timeout, local_address, socket_options)
        for address in others:  # such as IPv6 where there is only IPv4
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._backend.connect_tcp(address, *more)
        return self._backend.connect_tcp(last, *more)


class PublicTransport(httpx.BaseTransport):
    """Carries requests of an ``httpx.Client`` to public addresses only.

    Args:
        is_allowed: Says of an IP address whether it may be called.
    """

    def __init__(self, is_allowed: Callable[[str], bool] = is_public) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=20,
            network_backend=_JudgedBackend(is_allowed),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and read all of its answer.

        Raises:
            PrivateAddress: The address is not public.
            httpx.TransportError: There was no answer.
        """
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        with _as_httpx():
            answer = self._pool.request(
                request.method.encode(),
                url,
                headers=request.headers.raw,
                content=request.read(),
                extensions=request.extensions,
            )
        return httpx.Response(
            answer.status, headers=answer.headers, content=answer.content
        )

    def close(self) -> None:
        """Close connections."""
        self._pool.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise httpx.ReadTimeout(type(error).__name__) from error
    except httpcore.UnsupportedProtocol as error:
        raise httpx.UnsupportedProtocol(type(error).__name__) from error
    except httpcore.ConnectError as error:
        is_refused = "CERTIFICATE_VERIFY_FAILED" in str(error)
        kind = UntrustedCertificate if is_refused else httpx.ConnectError
        raise kind(type(error).__name__) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        raise httpx.ConnectError(type(error).__name__) from error


def open_public_client() -> httpx.Client:
    """Return an HTTP client that reaches public addresses only."""
    return httpx.Client(
        transport=PublicTransport(),
        timeout=timeout_seconds(),
        headers={"User-Agent": "headwater/0.1"},
    )
