"""Python's HTTP clients at `*.localhost`: Chromium and curl find it on the loopback address, Python does not."""

from __future__ import annotations

from typing import Any

import httpx
import requests
from requests.adapters import HTTPAdapter


class LoopbackTransport(httpx.HTTPTransport):
    """Sends requests for `*.localhost` (RFC 6761 §6.3) to 127.0.0.1 under their own Host; everything else as it is."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Connects to the loopback address; the request that cookies and redirects see keeps its name."""
        if not _local(request.url.host):
            return super().handle_request(request)
        there = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1"),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return super().handle_request(there)


def browserless(**options: Any) -> httpx.Client:
    """An httpx client that finds `*.localhost`; options are httpx's."""
    return httpx.Client(transport=LoopbackTransport(), **{"timeout": 20, **options})


class LoopbackAdapter(HTTPAdapter):
    """The same for requests: `session.mount("http://", LoopbackAdapter())`."""

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """Where to connect to."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if _local(host["host"]):
            host["host"] = "127.0.0.1"
        return host, pool

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Sends it with the Host that the URL names."""
        request.headers["Host"] = httpx.URL(str(request.url)).netloc.decode()
        return super().send(request, *args, **kwargs)


def _local(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")
