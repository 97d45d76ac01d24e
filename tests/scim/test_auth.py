"""Who may pass: TK-3's forms of the header, scopes, other workspaces, dead tokens, SCIM switched off, one address that guesses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from portal.domain import provisioning, tokens, workspaces
from portal.models import ProvisioningEvent, Token
from portal.scim import auth
from tests import factories
from tests.scim.okta import Okta, connect
from tests.support import site


def test_each_form_of_the_header_is_taken(okta):
    for form in ("Bearer {}", "{}", "Bearer Bearer {}", "bearer  {}", "  Bearer {} "):
        assert okta("GET", "/Users?count=1", Authorization=form.format(okta.token))[0] == 200


WRONG = {
    "No token": ("", "Bearer", "bearer "),
    "must be the token alone": ("Bearer Bearer", "Bearer Bearer Bearer {}", "Basic {}", "Token {}", "Bearer: {}", "Bearer {} {}"),
    "not known here": ("Bearer {}x", "Bearer \xff"),
}


def test_anything_else_is_401_with_a_challenge(okta):
    for said, form in ((said, form) for said, forms in WRONG.items() for form in forms):
        status, error = okta("GET", "/Users", Authorization=form.format(okta.token, okta.token))
        assert (status, error["status"]) == (401, "401"), form
        assert said in error["detail"], form
        assert okta.last.headers["WWW-Authenticate"].startswith('Bearer realm="SCIM"')
        assert okta.token not in okta.last.text


def test_an_unknown_token_is_told_so(okta):
    assert okta("GET", "/Users", Authorization="Bearer wpt_unknown")[0] == 401
    assert 'error="invalid_token"' in okta.last.headers["WWW-Authenticate"]


def test_a_token_opens_its_own_workspace_only(app, okta):
    other = connect(app, "globex")
    foreign = okta("GET", "/Users", Authorization=f"Bearer {other.token}")
    assert foreign == okta("GET", "/Users", Authorization="Bearer wpt_unknown")
    assert foreign[0] == 401
    for token, domain in ((okta.token, "@acme.example"), (other.token, "@globex.example")):
        names = [user["userName"] for user in at(okta, "api")("GET", "/Users", Authorization=token)[1]["Resources"]]
        assert names
        assert all(name.endswith(domain) for name in names)


def at(okta, subdomain):
    """The same Okta at another host."""
    okta.http = site.client(okta.app, subdomain)
    return okta


def test_a_foreign_id_reads_as_an_unknown_one(app, okta, cast):
    connect(app, "globex")
    bodies = [{"userName": "x"}, {"Operations": [{"op": "replace", "value": {"active": False}}]}]
    for method, body in (("GET", None), ("PUT", bodies[0]), ("PATCH", bodies[1]), ("DELETE", None)):
        foreign, unknown = (okta(method, f"/Users/{key}", body) for key in (cast.hank.id, "00000000-0000-4000-8000-000000000000"))
        assert foreign == unknown
        assert foreign[0] == 404


def test_other_hosts_serve_no_scim(okta):
    for host in ("", "app"):
        assert at(okta, host)("GET", "/Users")[0] == 404


def test_a_strange_host_gets_scims_own_error(okta):
    answer = okta.http.get("/scim/v2/Users", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.content_type, answer.get_json()["status"]) == (421, "application/scim+json", "421")


def test_a_missing_scope_is_403_and_named(app, cast):
    connect(app)
    reader = Okta(app, scope=["scim:users:read"])
    assert reader("GET", "/Users")[0] == 200
    for method, path, scope in (
        ("POST", "/Users", "scim:users:write"),
        ("GET", "/Groups", "scim:groups:read"),
        ("DELETE", "/Groups/x", "scim:groups:write"),
    ):
        status, error = reader(method, path, {} if method == "POST" else None)
        assert (status, scope in error["detail"]) == (403, True)
        assert f'error="insufficient_scope", scope="{scope}"' in reader.last.headers["WWW-Authenticate"]


def test_an_expired_or_revoked_token_is_401_and_its_workspace_reads_why(app, okta):
    with factories.inside(app, "acme") as ctx:
        for token in tokens.header_tokens(ctx):
            tokens.revoke(ctx, token)
    status, error = okta("POST", "/Users", {"userName": "x"})
    assert (status, "was revoked" in error["detail"]) == (401, True)
    with factories.inside(app, "acme") as ctx:
        event = ctx.session.query(ProvisioningEvent).one()
        assert (event.succeeded, event.status, event.client, event.workspace_id) == (False, 401, "Okta", ctx.workspace.id)


def test_each_end_of_a_token_names_the_token_and_the_day_in_the_log(app, okta, cast, at):
    ends = {"prod": "expired on 24 November", "stage": "was reset on 25 November", "old": "was revoked on 25 November"}
    with factories.inside(app, "acme") as ctx:
        ctx.now = datetime(2025, 11, 25, tzinfo=UTC)
        made = {name: tokens.make(ctx, name=f"Okta {name}", expires_in=timedelta(days=30)) for name in ends}
        made["prod"][0].expires_at = ctx.now - timedelta(hours=1)
        tokens.reset(ctx, made["stage"][0])
        tokens.revoke(ctx, made["old"][0])
    for name, (_, secret) in made.items():
        assert okta("POST", "/Users", {"userName": "x"}, Authorization=f"Bearer {secret}")[0] == 401, name
    log = at("acme", cast.grace).open("/provisioning-log?outcome=failed").text
    for name, end in ends.items():
        assert f"the token “Okta {name}” (…{made[name][1][-4:]}) {end} 2025" in log


def test_switched_off_or_downgraded_is_403_with_a_reason_and_members_stay(app, okta):
    with factories.inside(app, "acme") as ctx:
        provisioning.switch(ctx, False)
    status, error = okta("GET", "/Users")
    assert (status, "switched off" in error["detail"]) == (403, True)
    with factories.inside(app, "acme") as ctx:
        provisioning.switch(ctx, True)
        workspaces.set_plan(ctx, "pro")
    status, error = okta("GET", "/Users")
    assert (status, "plan" in error["detail"]) == (403, True)
    with factories.inside(app, "acme") as ctx:
        workspaces.set_plan(ctx, "enterprise")
    assert okta("GET", "/Users")[1]["totalResults"] == 4


def test_the_last_use_is_noted_and_the_set_up_ticked_once(app, okta):
    okta("GET", "/Users?startIndex=1&count=2")
    with factories.inside(app, "acme") as ctx:
        used = ctx.session.query(Token).one().last_used_at
        assert used is not None
        assert "test-call" in provisioning.reached(ctx)
    okta("GET", "/Users")
    with factories.inside(app, "acme") as ctx:
        token = ctx.session.query(Token).one()
        assert token.last_used_at == used
        token.last_used_at = ago = used - timedelta(seconds=61)
    okta("GET", "/Users")
    with factories.inside(app, "acme") as ctx:
        assert ctx.session.query(Token).one().last_used_at not in (None, ago)


def test_an_address_that_guesses_waits_and_good_tokens_pass(okta):
    answers = [okta("GET", "/Users", Authorization="Bearer guess")[0] for _ in range(auth.FAILURES.amount + 1)]
    assert answers == [401] * auth.FAILURES.amount + [429]
    assert 1 <= int(okta.last.headers["Retry-After"]) <= 60
    assert okta("GET", "/Users")[0] == 200
