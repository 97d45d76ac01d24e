"""What SAML tests share: acme connected to a test identity provider, and ways through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.domain import sso
from tests import factories
from tests.pages import PageClient
from tests.support.idp import IdentityProvider, posted, request_in
from tests.support.says import Says
from tests.support.signing import Seal
from tests.support.site import HostClient

ACS = "/users/auth/saml/callback"


@pytest.fixture
def idp() -> IdentityProvider:
    """An identity provider that nobody knows yet."""
    return IdentityProvider()


def connect(app: Flask, slug: str, idp: IdentityProvider, **choices: Any) -> str:
    """Makes a workspace's connection to the identity provider active, and returns its id."""
    with factories.inside(app, slug) as ctx:
        provider = sso.Provider(idp.issuer, idp.sso_url, [idp.key.certificate], idp.slo_url)
        connection = sso.save_candidate(ctx, provider, sso.Choices(**choices))
        sso.activate(ctx, connection)
        return connection.id


@dataclass
class Browser:
    """One person's browser at one workspace, and the identity provider behind it."""

    client: HostClient
    idp: IdentityProvider
    acs_path: str = ACS

    def start(self, path: str = "/sso/start") -> str:
        """Begins a sign-in; returns the request's id."""
        answer = self.client.get(path)
        assert answer.status_code == 303, answer.text
        assert answer.location.startswith(self.idp.sso_url)
        message, _ = request_in(answer.location)
        return message.get("ID")

    def post(self, content: bytes, relay_state: str = "") -> TestResponse:
        """Posts a response as the identity provider's page would: without the cookies of this site."""
        stranger = self.client.__class__(self.client.application, self.client.response_wrapper, use_cookies=False)
        stranger.host_url = self.client.host_url
        return stranger.post(self.acs_path, data={"SAMLResponse": posted(content), "RelayState": relay_state})

    def arrive(self, answer: TestResponse) -> TestResponse:
        """Follows the ACS's redirect with the browser's own cookies, and those that the ACS set."""
        for cookie in answer.headers.getlist("Set-Cookie"):
            name, _, rest = cookie.partition("=")
            self.client.set_cookie(name, rest.partition(";")[0], domain=self.client.host_url.split("//")[1].split(":")[0])
        return self.client.get(answer.location)

    def sign_in(self, says: Says, seal: Seal | None = None, path: str = "/sso/start") -> TestResponse:
        """The whole way, begun here; `says.request_id` is filled in."""
        request_id = self.start(path)
        answer = self.post(self.idp.response(replace(says, request_id=request_id), seal))
        return self.arrive(answer) if answer.status_code == 303 else answer


@pytest.fixture
def connected(app: Flask, cast: factories.Cast, idp: IdentityProvider) -> IdentityProvider:
    """The identity provider that acme, with the cast in it, is connected to."""
    connect(app, "acme", idp)
    return idp


@pytest.fixture
def browser_at(client: Callable[..., HostClient], idp: IdentityProvider) -> Callable[..., Browser]:
    """A visitor's browser: `browser_at("acme").sign_in(Says(name_id="mary@acme.example"))`."""
    return lambda slug="acme": Browser(client(slug), idp)


def xml_file(content: bytes, name: str = "metadata.xml") -> tuple[BytesIO, str]:
    """A file for an upload field."""
    return BytesIO(content), name


def browser_of(pages: PageClient, idp: IdentityProvider) -> Browser:
    """The browser of somebody who is at pages already."""
    return Browser(pages.client, idp)
