"""X-Forwarded-For, -Proto and -Host: they count from the proxies that PORTAL_TRUSTED_PROXIES names, and from nobody else (TN-6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from flask import Flask
from werkzeug.http import parse_list_header
from werkzeug.middleware.proxy_fix import ProxyFix

Environ = dict[str, Any]
_COUNTED = {"x_for": "HTTP_X_FORWARDED_FOR", "x_proto": "HTTP_X_FORWARDED_PROTO", "x_host": "HTTP_X_FORWARDED_HOST"}


def init_app(app: Flask, proxies: int | tuple[IPv4Network | IPv6Network, ...]) -> None:
    """Puts what believes the headers in front of everything: of a number of proxies, or of those at some addresses."""
    if isinstance(proxies, tuple):
        app.wsgi_app = FromAddresses(app.wsgi_app, proxies)  # type: ignore[method-assign]
    elif proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, **dict.fromkeys(_COUNTED, proxies))  # type: ignore[method-assign]


class FromAddresses:
    """Believes a caller at one of `networks`, and whom it names as long as that is another of them.

    A number of proxies says nothing about who else reaches the port; their addresses do.
    """

    def __init__(self, app: WSGIApplication, networks: tuple[IPv4Network | IPv6Network, ...]) -> None:
        self._app, self._networks = app, networks

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answers as the application does, to the request as the outermost trusted proxy saw it."""
        return self._before(environ)(environ, start_response)

    def _before(self, environ: Environ) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
        if not self._is_trusted(environ.get("REMOTE_ADDR", "")):
            return self._app
        callers = parse_list_header(environ.get("HTTP_X_FORWARDED_FOR", ""))
        hops = 1
        while hops < len(callers) and self._is_trusted(callers[-hops]):
            hops += 1
        # A proxy behind the first may pass -Proto and -Host on as they are: then there are fewer of these than hops.
        depths = {name: min(hops, len(parse_list_header(environ.get(header, "")))) for name, header in _COUNTED.items()}
        return ProxyFix(self._app, **depths)

    def _is_trusted(self, text: str) -> bool:
        try:
            address = ip_address(text)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)
