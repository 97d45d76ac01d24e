"""The way back to the client: the redirect, and what the content policy must allow for it."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from flask import Response, current_app


def issuer() -> str:
    """The issuer identifier (RFC 8414 §2): the `app.` host."""
    return str(current_app.config["SETTINGS"].url("app", ""))


def send(redirect_uri: str, state: str | None, answer: dict[str, str]) -> Response:
    """A 303 to the callback with the answer, the state untouched and the issuer (RFC 9207); `state` is percent-encoded."""
    query = urlencode(answer) + (f"&state={state}" if state is not None else "") + "&" + urlencode({"iss": issuer()})
    joint = "&" if "?" in redirect_uri else "?"
    response = Response(status=303)
    response.headers["Location"] = f"{redirect_uri}{joint}{query}"
    return response


def origins(redirect_uri: str) -> list[str]:
    """The origins that a form may lead to on the way to the callback and onwards.

    Chromium checks `form-action` along the whole chain of redirects, and Okta's callback at `system-admin.okta.com` leads on to the
    customer's own `acme-admin.okta.com`: so siblings of the callback's host are allowed, too.
    """
    parts = urlsplit(redirect_uri)
    first, _, parent = parts.netloc.partition(".")
    siblings = [f"{parts.scheme}://*.{parent}"] if first and "." in parent and not parent.replace(".", "").split(":")[0].isdigit() else []
    return [f"{parts.scheme}://{parts.netloc}", *siblings]
