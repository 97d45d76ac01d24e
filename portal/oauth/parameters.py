"""Parameters of a request: each at most once, empty as if it were left out (RFC 6749 §3.1, §3.2)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, quote

from flask import request

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


def of_form() -> Parameters:
    """The parameters of the body; raises OAuthError unless it is form-encoded. Parameters in the address do not count."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "Send the parameters in the body as application/x-www-form-urlencoded.")
    return Parameters(request.form.items(multi=True))
