"""The authorize request, read and checked before anything of it is believed (RFC 6749 §4.1.1, RFC 7636, RFC 9700)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from portal.domain import scopes
from portal.domain.errors import Invalid
from portal.models import OAuthClient
from portal.oauth.errors import OAuthError
from portal.oauth.parameters import Parameters, of_query

LONGEST_STATE = 4096
# S256 of anything is 32 bytes: 43 characters of base64url (RFC 7636 §4.2).
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class Unusable(Exception):
    """A request that must not lead back to where it came from: an error page, and no redirect."""

    def __init__(self, error: str, title: str, what_happened: str, details: list[tuple[str, str]] | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.title = title
        self.what_happened = what_happened
        self.details = details or []


class SentBack(Exception):
    """A request whose redirect URI is good and whose rest is not: the client is told."""

    def __init__(self, asked: Asked, error: str, description: str) -> None:
        super().__init__(error)
        self.asked = asked
        self.error = error
        self.description = description


@dataclass(frozen=True)
class Asked:
    """A checked request; `state` is percent-encoded."""

    client: OAuthClient
    redirect_uri: str
    state: str | None
    scopes: list[str]
    code_challenge: str | None = None


def read(query: bytes, find: Callable[[str], OAuthClient | None], offered: list[str]) -> Asked:
    """The request in a query; `find` looks a client up, `offered` are the product's scopes. Raises Unusable or SentBack."""
    try:
        parameters = of_query(query)
        client = _client(parameters, find)
        redirect_uri = _redirect_uri(parameters, client)
        state = parameters.raw("state")
    except OAuthError as error:
        raise Unusable(error.error, "This request for access cannot be read", error.description) from error
    if state is not None and len(state) > LONGEST_STATE:
        raise Unusable("invalid_request", "This request for access is too long", f"Its state has more than {LONGEST_STATE} characters.")
    asked = Asked(client, redirect_uri, state, [])
    try:
        _response_type(parameters)
        return Asked(client, redirect_uri, state, _scopes(parameters, client, offered), _challenge(parameters))
    except OAuthError as error:
        raise SentBack(asked, error.error, error.description) from error


def scopes_of(parameters: Parameters, allowed: list[str]) -> list[str] | None:
    """The scopes asked for, or None when none are named; raises OAuthError for one that is not among `allowed`."""
    named = parameters.one("scope")
    if named is None or not named.split():
        return None
    try:
        wanted = scopes.check(named.split())
    except Invalid as error:
        raise OAuthError("invalid_scope", f"A scope is unknown. Valid scopes: {' '.join(allowed)}") from error
    if not set(wanted) <= set(allowed):
        raise OAuthError("invalid_scope", f"A scope goes too far. Valid scopes: {' '.join(allowed)}")
    return wanted


def _client(parameters: Parameters, find: Callable[[str], OAuthClient | None]) -> OAuthClient:
    client = find(parameters.need("client_id"))
    if client is None:
        raise Unusable("invalid_client", "The app that asks is unknown", "No app is registered here with the client ID of this request.")
    return client


def _redirect_uri(parameters: Parameters, client: OAuthClient) -> str:
    """Exact string match (RFC 9700 §2.1)."""
    uri = parameters.need("redirect_uri")
    if uri not in client.redirect_uris:
        shown = uri.encode("utf-8", "replace").decode()[:300]
        raise Unusable(
            "invalid_redirect_uri",
            "This request for access would lead to an unknown address",
            f"{client.name} has not registered the redirect URI of this request, so nobody is sent there.",
            [("Redirect URI", shown)],
        )
    return uri


def _response_type(parameters: Parameters) -> None:
    if parameters.need("response_type") != "code":
        raise OAuthError("unsupported_response_type", "The only response_type here is code.")


def _scopes(parameters: Parameters, client: OAuthClient, offered: list[str]) -> list[str]:
    """What is asked for as far as the product has it: fewer scopes than were asked for may be granted (RFC 6749 §3.3), none may not."""
    found = [scope for scope in scopes_of(parameters, client.scopes) or client.scopes if scope in offered]
    if not found:
        raise OAuthError("invalid_scope", f"Nothing here answers to these scopes. Valid scopes: {' '.join(offered)}")
    return found


def _challenge(parameters: Parameters) -> str | None:
    challenge, method = parameters.one("code_challenge"), parameters.one("code_challenge_method")
    if challenge is None and method is None:
        return None
    if method != "S256":
        raise OAuthError("invalid_request", "The only code_challenge_method here is S256.")
    if challenge is None or not _CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "The code_challenge is not the S256 of a code_verifier.")
    return challenge
