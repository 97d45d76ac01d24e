"""Two processes and one database: what may happen once happens once, however many ask at the same moment."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from portal.domain import consents, links, members, recovery, sso, sso_attempts
from portal.extensions import db
from portal.models import Consent, Member, OAuthClient, Session, SignInTicket, Token
from tests import factories
from tests.oauth import flow
from tests.support import site
from tests.support.idp import IdentityProvider, posted
from tests.support.says import Says

ROUNDS, AT_ONCE = 25, 8  # 200 requests for each kind of secret, to two processes of four threads
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Portal:
    """The processes, with the cast in their database, and clients that keep their connections."""

    def __init__(self, app: Any, server: site.Gunicorn) -> None:
        self.app, self.server = app, server
        self.mine, self.all = threading.local(), list[HTTPConnection]()

    def post(self, subdomain: str, path: str, data: dict[str, Any], **headers: str) -> tuple[int, bytes]:
        """Status and body of one POST on a connection of this thread's own."""
        kept: HTTPConnection | None = getattr(self.mine, "kept", None)
        if kept is None:
            kept = self.mine.kept = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
            self.all.append(kept)
        host = f"{subdomain}.portal.localhost:{self.server.port}"
        kept.request("POST", path, urlencode(data), {**FORM, "Host": host, **headers})
        answer = kept.getresponse()
        return answer.status, answer.read()

    def csrf(self) -> tuple[dict[str, str], dict[str, str]]:
        """A CSRF token of acme's pages, and the cookie that it belongs to."""
        pages = site.client(self.app, "acme")
        text = pages.get("/sign-in/recovery").text
        state = pages.get_cookie("portal-state", domain="acme.portal.localhost")
        assert state is not None
        return {"csrf_token": re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', text)[0]}, {"Cookie": f"portal-state={state.value}"}


@pytest.fixture
def portal(app, cast, gunicorn) -> Iterator[Portal]:
    made = Portal(app, gunicorn(workers=2, threads=4, trusted_proxies=1))
    yield made
    for connection in made.all:
        connection.close()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield threads


def raced(pool: ThreadPoolExecutor, act: Callable[[], tuple[int, bytes]]) -> tuple[list[int], list[bytes]]:
    """Statuses, sorted, and bodies that several threads got which all began at the same moment."""
    ready = threading.Barrier(AT_ONCE)

    def run(_: int) -> tuple[int, bytes]:
        ready.wait(30)
        return act()

    answers = list(pool.map(run, range(AT_ONCE)))
    return sorted(status for status, _ in answers), [body for _, body in answers]


def once(won: int, lost: int) -> list[int]:
    """One wins, and the others read the same refusal."""
    return sorted([won, *[lost] * (AT_ONCE - 1)])


def test_what_may_happen_once_happens_once_across_processes(portal, cast, pool):
    """One start of the processes for all, since that takes longest."""
    a_code_gives_one_pair_of_tokens(portal, cast, pool)
    a_refresh_token_is_rotated_once_and_its_late_reuse_ends_the_grant(portal, cast, pool)
    an_assertion_makes_one_ticket(portal, cast, pool)
    a_one_time_link_and_a_recovery_code_sign_in_once(portal, cast, pool)


def a_code_gives_one_pair_of_tokens(portal: Portal, cast: factories.Cast, pool: ThreadPoolExecutor) -> None:
    client = flow.catalog(portal.app)
    for _ in range(ROUNDS):
        data = {
            "grant_type": "authorization_code",
            "redirect_uri": client.callback,
            **client.credentials,
            "code": a_code(portal, cast, client),
        }
        assert raced(pool, partial(portal.post, "app", "/oauth2/token", data))[0] == once(200, 400)
    with portal.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Token).where(Token.kind == "access")) == ROUNDS
        assert {row.revoked_because for row in db.session.scalars(select(Consent))} == {"code-replayed"}


def a_refresh_token_is_rotated_once_and_its_late_reuse_ends_the_grant(
    portal: Portal, cast: factories.Cast, pool: ThreadPoolExecutor
) -> None:
    client = flow.catalog(portal.app)
    secret = flow.redeem(portal.app, client, a_code(portal, cast, client)).get_json()["refresh_token"]
    first, given = {"grant_type": "refresh_token", "refresh_token": secret, **client.credentials}, set()
    for _ in range(ROUNDS):
        statuses, bodies = raced(pool, partial(portal.post, "app", "/oauth2/token", {**first, "refresh_token": secret}))
        assert statuses == [200] * AT_ONCE
        given |= {json.loads(body)[kind] for body in bodies for kind in ("access_token", "refresh_token")}
        secret = json.loads(bodies[0])["refresh_token"]
    assert len(given) == ROUNDS * AT_ONCE * 2
    with portal.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Token).where(Token.rotated_at.is_not(None))) == ROUNDS
        consent_id = db.session.scalars(select(Token.consent_id).where(Token.rotated_at.is_not(None))).first()
    flow.age(portal.app, "tokens", "rotated_at", seconds=61)
    assert raced(pool, partial(portal.post, "app", "/oauth2/token", first))[0] == [400] * AT_ONCE
    with portal.app.app_context():
        assert db.session.get_one(Consent, consent_id).revoked_because == "refresh-token-reused"


def an_assertion_makes_one_ticket(portal: Portal, cast: factories.Cast, pool: ThreadPoolExecutor) -> None:
    idp, path = IdentityProvider(), "/users/auth/saml/callback"
    with factories.inside(portal.app, "acme") as ctx:
        sso.activate(ctx, sso.save_candidate(ctx, sso.Provider(idp.issuer, idp.sso_url, [idp.key.certificate]), sso.Choices()))
    for _ in range(ROUNDS):
        body = {"SAMLResponse": posted(idp.response(Says(name_id=cast.mary.user_name, acs_url=portal.server.url("acme", path))))}
        assert raced(pool, partial(portal.post, "acme", path, body))[0] == once(303, 403)
    with factories.inside(portal.app, "acme") as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(SignInTicket)) == ROUNDS
        assert {row.reason for row in sso_attempts.refusals(ctx, limit=1000)} == {"replayed"}


def a_one_time_link_and_a_recovery_code_sign_in_once(portal: Portal, cast: factories.Cast, pool: ThreadPoolExecutor) -> None:
    """Each round has another owner at another address, because guesses by either are limited."""
    token, cookie = portal.csrf()
    with factories.inside(portal.app, "acme") as ctx:
        ctx.workspace.seats = None
    for number in range(ROUNDS):
        with factories.inside(portal.app, "acme") as ctx:
            owner = members.create(ctx, {"user_name": f"owner{number}@acme.example", "role": "admin"}, source="manual", owner=True)
            link, code = links.make(ctx, owner, "recovery"), recovery.make(ctx, owner)[0]
        headers = {**cookie, "X-Forwarded-For": f"10.0.0.{number}"}
        typed = {**token, "email": owner.user_name, "code": code}
        for path, data, lost in ((f"/recover/{link}", token, 410), ("/sign-in/recovery", typed, 422)):
            statuses, _ = raced(pool, partial(portal.post, "acme", path, data, **headers))
            assert set(statuses) <= {303, lost, 429}
            assert statuses.count(303) == 1
    with factories.inside(portal.app, "acme") as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Session)) == ROUNDS * 2


def a_code(portal: Portal, cast: factories.Cast, client: flow.Registered) -> str:
    """A code that Ada authorized."""
    with factories.inside(portal.app, "acme") as ctx:
        row = ctx.session.get_one(OAuthClient, client.row_id)
        secret = consents.ask(
            ctx.session, row, redirect_uri=client.callback, scopes=row.scopes, state=None, code_challenge=None, now=ctx.now
        )
        kept, _ = consents.asked(ctx.session, secret, ctx.now)
        consents.choose_workspace(kept, row, ctx.workspace)
        return consents.authorize(ctx, kept, row, ctx.session.get_one(Member, cast.ada.id))
