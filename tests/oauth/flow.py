"""Okta's side of the flow, step by step, through the front door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.domain import clients
from portal.extensions import db
from portal.models import Base
from tests import factories
from tests.pages import PageClient, name_of
from tests.support import site

STATE = "s-1234567890"


@dataclass(frozen=True)
class Registered:
    """A client as Okta holds it: id, secret and the callback that Okta uses."""

    row_id: str
    client_id: str
    secret: str
    callback: str
    name: str

    @property
    def credentials(self) -> dict[str, str]:
        """For the body."""
        return {"client_id": self.client_id, "client_secret": self.secret}


def catalog(app: Flask, name: str = "Okta", okta_app: str = "acme_portal", redirect_uris: list[str] | None = None) -> Registered:
    """A client of the operator."""
    with app.app_context():
        client, secret = clients.register_catalog(db.session(), name=name, okta_app=okta_app, redirect_uris=redirect_uris or [])
        db.session.commit()
        return Registered(client.id, client.client_id, secret, client.redirect_uris[0], client.name)


def custom(app: Flask, slug: str, name: str = "Our Okta", okta_app: str = "trial_acme_1") -> Registered:
    """A client that a workspace registered."""
    with factories.inside(app, slug) as ctx:
        client, secret = clients.register(ctx, name=name, okta_app=okta_app)
        return Registered(client.id, client.client_id, secret, client.redirect_uris[0], client.name)


def query(client: Registered, **changes: Any) -> dict[str, Any]:
    """The authorize request that Okta sends, apart from `changes`; None leaves a parameter out."""
    values = {"response_type": "code", "client_id": client.client_id, "redirect_uri": client.callback, "state": STATE, **changes}
    return {name: value for name, value in values.items() if value is not None}


def begin(app: Flask, client: Registered, slug: str = "acme", **changes: Any) -> str:
    """The authorize request up to the workspace; returns the path of the consent page there."""
    return chosen(app, begun(app, client, **changes), slug)


def begun(app: Flask, client: Registered, **changes: Any) -> PageClient:
    """The authorize request; the browser shows the finder."""
    pages = PageClient(site.client(app, "app"))
    response = pages.client.get("/oauth2/authorize", query_string=query(client, **changes))
    return pages._arrive(response, "/oauth2/authorize", 200)


def chosen(app: Flask, pages: PageClient, slug: str) -> str:
    """Names the workspace; returns the path of the consent page there."""
    pages.submit("Continue", {"Workspace subdomain": slug}, status=303)
    there = urlsplit(pages.response.location)
    assert there.netloc == urlsplit(app.config["SETTINGS"].url(slug)).netloc
    return f"{there.path}?{there.query}"


def answered(pages: PageClient, path: str, button: str = "Authorize") -> dict[str, str]:
    """Opens the consent page and answers; returns what comes back to Okta."""
    pages.open(path)
    pages.submit(button, status=303)
    return returned(pages.response)


def returned(response: TestResponse) -> dict[str, str]:
    """The parameters that a redirect hands to the callback."""
    assert response.status_code == 303, response.text[:300]
    found = parse_qs(urlsplit(response.location).query, keep_blank_values=True, strict_parsing=True)
    assert all(len(values) == 1 for values in found.values()), found
    return {name: values[0] for name, values in found.items()}


def code(app: Flask, at: Callable[..., PageClient], person: factories.Person, client: Registered, **changes: Any) -> str:
    """A code that `person` authorized."""
    return answered(at(person.workspace, person), begin(app, client, person.workspace, **changes))["code"]


def post(app: Flask, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
    """Okta's server calls an endpoint."""
    return site.client(app, "app").post(path, data=data, **options)


def redeem(app: Flask, client: Registered, code: str, **changes: Any) -> TestResponse:
    """Asks for the tokens of a code."""
    values = {"grant_type": "authorization_code", "code": code, "redirect_uri": client.callback, **client.credentials, **changes}
    return post(app, "/oauth2/token", {name: value for name, value in values.items() if value is not None})


def refresh(app: Flask, client: Registered, secret: str, **changes: Any) -> TestResponse:
    """Asks for new tokens."""
    return post(app, "/oauth2/token", {"grant_type": "refresh_token", "refresh_token": secret, **client.credentials, **changes})


def tokens(app: Flask, at: Callable[..., PageClient], person: factories.Person, client: Registered, **changes: Any) -> dict[str, Any]:
    """The whole flow; returns the token response."""
    response = redeem(app, client, code(app, at, person, client, **changes))
    assert response.status_code == 200, response.text
    return response.get_json()


def refused(response: TestResponse, error: str, status: int = 400) -> None:
    """The endpoint refused with this error, in the form of RFC 6749 §5.2."""
    assert (response.status_code, response.mimetype) == (status, "application/json")
    body = response.get_json()
    assert body["error"] == error, body
    assert all(32 <= ord(char) < 127 and char not in '"\\' for char in body["error_description"])
    assert response.headers["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


def ends(pages: PageClient) -> list[str]:
    """What the consent page proposes to end, as its boxes name it."""
    return [name_of(box) for box in pages.page.xpath("//input[@name='end']")]


def age(app: Flask, table: str, column: str, **by: float) -> None:
    """Moves a moment of every row of a table back: `age(app, "tokens", "rotated_at", seconds=61)`."""
    with app.app_context():
        found = Base.metadata.tables[table]
        keys = list(found.primary_key.columns)
        for row in db.session.execute(select(found)).mappings().all():
            if row[column] is not None:
                earlier = {column: row[column] - timedelta(**by)}
                db.session.execute(found.update().where(*[key == row[key.name] for key in keys]).values(**earlier))
        db.session.commit()


def signed_in(app: Flask, person: factories.Person) -> PageClient:
    """A browser without scripts in which `person` is signed in to their workspace, also of a live server's application."""
    pages = PageClient(site.client(app, person.workspace))
    factories.sign_in(app, pages.client, person)
    return pages
