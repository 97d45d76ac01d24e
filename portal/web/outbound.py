"""Fetching what an admin points to: bounded in size and time, and never from the portal's own network."""

from __future__ import annotations

import ipaddress
import socket
import time
from urllib.parse import urljoin, urlsplit

import httpx

LARGEST = 1024 * 1024
SECONDS = 10
MOST_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_NAT64, _SIX_TO_FOUR = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class CannotFetchError(Exception):
    """Nothing usable came; the message says why, in a sentence for the admin."""


def fetch(url: str, *, allow_private: bool) -> bytes:
    """The body of a GET, 1 MB at most and 10 seconds at most; raises CannotFetchError.

    Each address, of redirects too, is resolved once, checked, and connected to as checked, so that a name cannot change its mind in
    between. With `allow_private`, private addresses count and `*.localhost` is the loopback address (RFC 6761 §6.3).
    """
    deadline = time.monotonic() + SECONDS
    for _ in range(MOST_REDIRECTS + 1):
        status, location, body = _get(url, deadline, allow_private)
        if status not in _REDIRECTS:
            break
        url = urljoin(url, location)
    else:
        raise CannotFetchError(f"The address redirects more than {MOST_REDIRECTS} times.")
    if status != httpx.codes.OK:
        raise CannotFetchError(
            f"The address answered with status {status} instead of 200. Open it in a private window: it must work there."
        )
    return body


def _get(url: str, deadline: float, allow_private: bool) -> tuple[int, str, bytes]:
    host, netloc = _parts(url)
    address = _address(host, allow_private)
    headers = {"Host": netloc, "Accept-Encoding": "identity", "User-Agent": "workspace-portal"}
    try:
        # Without the environment's proxies, which would connect to wherever the name leads them.
        with httpx.Client(trust_env=False, timeout=max(0.1, deadline - time.monotonic())) as client:
            target = httpx.URL(url).copy_with(host=str(address))
            request = client.build_request("GET", target, headers=headers, extensions={"sni_hostname": host})
            response = client.send(request, stream=True)
            try:
                return response.status_code, response.headers.get("Location", ""), _body(response, deadline)
            finally:
                response.close()
    except httpx.TimeoutException:
        raise CannotFetchError(f"The address did not answer within {SECONDS} seconds.") from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise CannotFetchError(f"The address cannot be reached: {str(error)[:200] or type(error).__name__}.") from None


def _parts(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    odd = any(ord(char) <= 32 or ord(char) == 127 for char in url)
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or odd:
        raise CannotFetchError("This is not a web address. It begins with https:// or http://.")
    return host, parts.netloc


def _address(host: str, allow_private: bool) -> Address:
    if allow_private and (host == "localhost" or host.endswith(".localhost")):
        return ipaddress.ip_address("127.0.0.1")
    try:
        found = [
            ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        ]
    except (OSError, UnicodeError):
        raise CannotFetchError(f"There is no host “{host}”. Check the address.") from None
    if not allow_private and not all(_is_public(address) for address in found):
        raise CannotFetchError(f"The host “{host}” has a private address. Upload the metadata as a file instead.")
    return found[0]


def _is_public(address: Address) -> bool:
    """Whether the address, and the IPv4 address that it may carry inside, is of the public internet."""
    inner: list[Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        inner += [item for item in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())) if item]
        if address in _NAT64:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return all(item.is_global and not item.is_multicast and not item.is_reserved for item in inner if item not in _NAT64)


def _body(response: httpx.Response, deadline: float) -> bytes:
    if response.status_code != httpx.codes.OK:
        return b""
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise CannotFetchError("The address answers compressed although plain text was asked for. Upload the metadata as a file instead.")
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > LARGEST:
            raise CannotFetchError("The address answers with more than 1 MB. Metadata of one app is far smaller.")
        if time.monotonic() > deadline:
            raise CannotFetchError(f"The address did not answer within {SECONDS} seconds.")
    return bytes(body)
