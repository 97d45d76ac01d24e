"""The SCIM client: Okta's headers, its authorization, its patience with 429, and a log of every exchange."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx

from standin import oauth
from standin.apps import App
from standin.exchange import exchange
from standin.failures import take
from standin.org import Org
from standin.remote import Paused, RemoteError, phrase
from standin.requests_log import Exchange
from standin.scim11 import Scim11
from standin.scim20 import Scim20

USER_AGENT = "Okta SCIM Client 1.0.0"
PAGE = 100
TRIES = 4
"""Requests sent in all while the server answers 429; Okta itself tries ten times over hours."""


class ScimClient:
    """Speaks SCIM to one app; `why` names the job in the log."""

    def __init__(self, org: Org, app: App, why: str) -> None:
        self.org, self.app, self.why = org, app, why
        self.shapes: Scim11 | Scim20 = Scim11() if app.kind.version == "1.1" else Scim20()

    def get(self, path: str) -> Any:
        """The parsed answer of a GET; raises RemoteError."""
        return self._send("GET", path, None)

    def post(self, path: str, body: Any) -> Any:
        """The parsed answer of a POST; raises RemoteError."""
        return self._send("POST", path, body)

    def put(self, path: str, body: Any) -> Any:
        """The parsed answer of a PUT; raises RemoteError."""
        return self._send("PUT", path, body)

    def patch(self, path: str, body: Any) -> Any:
        """The parsed answer of a PATCH, None after 204; raises RemoteError."""
        return self._send("PATCH", path, body)

    def delete(self, path: str) -> None:
        """Sends a DELETE; raises RemoteError."""
        self._send("DELETE", path, None)

    def filter(self, attribute: str, value: str) -> str:
        """The query of a look-up: `filter=userName%20eq%20%22…%22&startIndex=1&count=100`."""
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        text = quote(f'{attribute} eq "{escaped}"', safe="")
        if self.app.integration.plus_for_space:
            text = text.replace("%20", "+")
        return f"filter={text}&startIndex=1&count={PAGE}"

    def _send(self, method: str, path: str, body: Any) -> Any:
        renewed = False
        for attempt in range(1, TRIES + 1):
            answer, record, spoiled = self._once(method, path, body)
            if answer.status_code == 401 and not renewed and not spoiled and oauth.renew(self.org, self.app):
                record.note = "The access token was refused: a new one was fetched, and the request was sent again."
                renewed = True
                answer, record, _ = self._once(method, path, body)
            if answer.status_code != 429:
                return self._read(answer)
            wait = oauth.seconds(answer.headers.get("Retry-After")) or 300
            if attempt == TRIES:
                record.note = f"Paused: asked to wait {wait} s again; the task waits for the admin."
                raise Paused(f"Paused by the app for {wait} s (429)", 429, self._detail(answer))
            shortened = min(wait, self.org.config.longest_pause)
            record.note = f"Paused: asked to wait {wait} s; tried again after {shortened:g} s."
            self.org.sleep(shortened)
        raise AssertionError("the loop returns or raises")

    def _once(self, method: str, path: str, body: Any) -> tuple[httpx.Response, Exchange, bool]:
        spoiled = take(self.app, "wrong-token")
        authorization = self.app.kind.prefix + "wrong-token-0000" if spoiled else oauth.authorization(self.org, self.app)
        headers = [
            ("Accept", self.shapes.media_type),
            ("Accept-Charset", "utf-8"),
            ("User-Agent", USER_AGENT),
            ("Authorization", authorization),
            ("Connection", "Keep-Alive"),
            ("Accept-Encoding", "gzip,deflate"),
        ]
        if method != "GET":
            headers.insert(2, ("Content-Type", f"{self.shapes.media_type}; charset=utf-8"))
        url = self.app.integration.base_url.rstrip("/") + path
        text = "" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        answer, record = exchange(self.org, self.app, self.why, method, url, headers, text)
        return answer, record, spoiled is not None

    def _read(self, answer: httpx.Response) -> Any:
        if answer.status_code >= 300:
            raise RemoteError(phrase(answer.status_code), answer.status_code, self._detail(answer))
        if not answer.content:
            return None
        try:
            return json.loads(answer.content)
        except ValueError:
            first = answer.text.lstrip()[:1]
            raise RemoteError("Bad Gateway", 502, f"Invalid JSON: Unrecognized token '{first}'") from None

    def _detail(self, answer: httpx.Response) -> str:
        try:
            return self.shapes.detail(json.loads(answer.content))
        except ValueError:
            return f"Invalid JSON: Unrecognized token '{answer.text.lstrip()[:1]}'" if answer.content else ""
