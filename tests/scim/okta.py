"""Okta as a client: the headers it sends, bytes it sends, and what every answer must be."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask

from portal.domain import provisioning
from tests import factories
from tests.scim.words import PATCH
from tests.support import site

HEADERS = {
    "Accept": "application/scim+json",
    "Accept-Charset": "utf-8",
    "Content-Type": "application/scim+json; charset=utf-8",
    "User-Agent": "OKTA SCIM Integration",
}


class Okta:
    """Calls the SCIM server of a workspace: `okta("GET", "/Users")` gives status and body; `okta.last` is the whole answer."""

    def __init__(self, app: Flask, slug: str = "acme", subdomain: str = "", scope: list[str] | None = None) -> None:
        self.app = app
        self.token = factories.make_token(app, slug, scope=scope)
        self.http = site.client(app, subdomain or slug)
        self.last: Any = None

    def __call__(self, method: str, path: str, body: Any = None, raw: bytes | None = None, **headers: str) -> tuple[int, Any]:
        """Sends `body` as JSON, or the bytes of `raw`."""
        data = raw if body is None else json.dumps(body).encode()
        sent = {**HEADERS, "Authorization": f"Bearer {self.token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        self.last = answer = self.http.open(f"/scim/v2{path}", method=method, data=data, headers=sent)
        assert answer.status_code in (204, 304) or answer.content_type == "application/scim+json", answer.text[:500]
        return answer.status_code, answer.get_json() if answer.data else None

    def patch(self, path: str, *operations: dict[str, Any]) -> tuple[int, Any]:
        """A PATCH of these operations."""
        return self("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def make(self, user_name: str, **attributes: Any) -> Any:
        """A new user."""
        status, user = self("POST", "/Users", {"userName": user_name, **attributes})
        assert status == 201, user
        return user


def connect(app: Flask, slug: str = "acme", **options: Any) -> Okta:
    """Switches SCIM and its groups on in a workspace and gives Okta a token."""
    factories.enable_scim(app, slug)
    with factories.inside(app, slug) as ctx:
        provisioning.switch_groups(ctx, True)
    return Okta(app, slug, **options)
