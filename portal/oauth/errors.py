"""What clients read when they are refused: JSON by RFC 6749 §5.2, in the same words whoever asks."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response

from portal.domain.grants import BadGrant, BadScope
from portal.web.limits import seconds_until_free
from portal.web.metrics import TOKEN_FAILURES

# What else can go wrong at an endpoint, by status; descriptions are ASCII without quotes (RFC 6749 §5.2).
_BY_STATUS = {
    404: ("invalid_request", "There is no such endpoint on this host. Use the one that the metadata names."),
    405: ("invalid_request", "This endpoint does not take this method."),
    413: ("invalid_request", "The request is too large."),
    429: ("temporarily_unavailable", "Too many requests. Try again later."),
    500: ("server_error", "Something went wrong on our side. Nothing was changed."),
    503: ("temporarily_unavailable", "The database cannot be reached. Try again later."),
}


class OAuthError(Exception):
    """A refusal that a client reads; `challenge` asks for authentication (401)."""

    def __init__(self, error: str, description: str, *, challenge: bool = False) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.challenge = challenge


def json_answer(payload: dict[str, Any], status: int = 200) -> Response:
    """JSON that nobody keeps (RFC 6749 §5.1)."""
    response = Response(orjson.dumps(payload), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response


def refuse(error: OAuthError) -> Response:
    """The answer to an OAuthError: 400, or 401 with a challenge."""
    if error.error in ("invalid_client", "invalid_grant"):
        TOKEN_FAILURES.labels("oauth", error.error.removeprefix("invalid_")).inc()
    response = json_answer({"error": error.error, "error_description": error.description}, 401 if error.challenge else 400)
    if error.challenge:
        response.headers["WWW-Authenticate"] = 'Basic realm="oauth2", charset="UTF-8"'
    return response


def answer(status: int, _detail: str, error: Exception) -> Response:
    """The answer to everything else that failed under an endpoint's path, also in routing and rate limits."""
    if isinstance(error, BadGrant | BadScope):
        return refuse(OAuthError(error.code, error.message))
    code, description = _BY_STATUS.get(status, ("invalid_request", "The request cannot be read."))
    response = json_answer({"error": code, "error_description": description}, status)
    if status == 429:
        response.headers["Retry-After"] = str(seconds_until_free())
    return response
