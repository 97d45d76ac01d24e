"""Parameters of a request: each at most once, empty as if it were left out (RFC 6749 §3.1, §3.2)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote

from flask import request

from portal.domain.texts import storable
from portal.oauth.errors import OAuthError

MOST = 100


class Parameters:
    """What came, by name."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def one(self, name: str) -> str | None:
        """The value of `name`, or None when it is absent or empty; raises OAuthError when it came twice."""
        found = self._values.get(name, [])
        if len(found) > 1:
            raise OAuthError("invalid_request", f"The parameter {name} is there more than once.")
        return found[0] if found and found[0] else None

    def need(self, name: str) -> str:
        """The value of `name`; raises OAuthError when it is absent."""
        value = self.one(name)
        if value is None:
            raise OAuthError("invalid_request", f"The parameter {name} is missing.")
        return value

    def raw(self, name: str) -> str | None:
        """The bytes of `name`, percent-encoded, so that they go back as they came, whatever they are."""
        value = self.one(name)
        return None if value is None else quote(value.encode("utf-8", "surrogateescape"), safe="")


def of_query(query: bytes) -> Parameters:
    """The parameters of a query; raises OAuthError when there are absurdly many."""
    try:
        pairs = parse_qsl(query.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape", max_num_fields=MOST)
    except ValueError as error:
        raise OAuthError("invalid_request", "There are too many parameters.") from error
    return Parameters(pairs)


def of_body() -> Parameters:
    """The parameters of the body, form-encoded or a JSON object of texts, as some clients send them; raises OAuthError otherwise.

    Parameters in the address do not count: secrets there end up in the logs on the way.
    """
    if request.mimetype == "application/json":
        return Parameters(_texts(request.get_data()))
    if request.mimetype != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "Send the parameters in the body as application/x-www-form-urlencoded.")
    return Parameters(request.form.items(multi=True))


def _texts(body: bytes) -> Iterable[tuple[str, str]]:
    """Name and value of each member of a JSON object: a null is left out, and a name that is there twice stays so."""
    try:
        found = json.loads(body, object_pairs_hook=tuple)
    except (ValueError, RecursionError) as error:
        raise OAuthError("invalid_request", "The body is not JSON.") from error
    if not isinstance(found, tuple):
        raise OAuthError("invalid_request", "The body must be a JSON object.")
    pairs = [(name, value) for name, value in found if value is not None]
    if not all(isinstance(value, str) and storable(value) for _, value in pairs):
        raise OAuthError("invalid_request", "Each parameter must be text.")
    return pairs
