"""Outbound HTTP: `*.localhost` is this machine (RFC 6761 §6.3), which Python's resolver does not know."""

from __future__ import annotations

import httpx


class LoopbackTransport(httpx.HTTPTransport):
    """Connects `*.localhost` to 127.0.0.1 and keeps the Host header."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request."""
        host = request.url.host
        if host == "localhost" or host.endswith(".localhost"):
            request.url = request.url.copy_with(host="127.0.0.1")
        return super().handle_request(request)


def new_client() -> httpx.Client:
    """A client that follows no redirect and gives up after 60 seconds, as Okta does."""
    return httpx.Client(transport=LoopbackTransport(), timeout=60, follow_redirects=False)
