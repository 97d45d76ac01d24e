"""TN-4: every route that takes an id answers a foreign one exactly as an unknown one, and changes nothing in the other workspace."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from flask import Flask
from lxml import html
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.domain import clients, consents, provisioning
from portal.domain.context import Context
from tests import factories
from tests.pages import PageClient
from tests.scim.words import PATCH
from tests.support import site, things

# What these take is no id of a workspace's: the name of a file, of a schema, of a format.
NO_IDS = {"static", "scim.schemas", "scim.resource_types", "scim_v1.schemas", "audit_log.export", "provisioning_log.export"}
FORM = {
    "display_name": "x",
    "name": "x",
    "base_role": "contributor",
    "role": "contributor",
    "user_name": "x",
    "password": "a new long password",
}
BODIES: dict[tuple[str, str, str], Any] = {
    ("v2", "Users", "PUT"): {"userName": "x"},
    ("v2", "Users", "PATCH"): {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "x"}]},
    ("v2", "Groups", "PUT"): {"displayName": "x"},
    ("v2", "Groups", "PATCH"): {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "displayName", "value": "y"}]},
    ("v1", "Users", "PUT"): {"userName": "x"},
    ("v1", "Users", "PATCH"): {"title": "x"},
    ("v1", "Groups", "PUT"): {"displayName": "x"},
    ("v1", "Groups", "PATCH"): {"displayName": "z"},
}


@pytest.fixture
def both_versions(make_app: Callable[..., Flask]) -> Flask:
    """A portal of a product that has everything: custom roles, groups, and SCIM in both versions; both workspaces have SCIM on."""
    return make_app(profile="productboard")


class Stories:
    """Asks as acme's owner or as acme's Okta, and tells what came apart from what differs by nature."""

    def __init__(self, app: Flask, cast: factories.Cast) -> None:
        self.app, self.cast = app, cast
        for slug in ("acme", "globex"):
            factories.enable_scim(app, slug)
            with factories.inside(app, slug) as ctx:
                provisioning.switch_groups(ctx, True)
        self.token = factories.make_token(app, "acme")
        self.owner = self._signed_in()
        self.own: dict[str, str] = {}

    def _signed_in(self) -> PageClient:
        pages = PageClient(site.client(self.app, "acme"))
        factories.sign_in(self.app, pages.client, self.cast.ada)
        return pages.open("/account")

    def ask(self, method: str, path: str, *, fresh: bool = False, form: Any = None, body: Any = None) -> TestResponse:
        """One request; `fresh` asks from another browser of the owner's, whose session may end by it."""
        for name, value in self.own.items():
            path = path.replace(name, value)
        if path.startswith("/scim/"):
            _, _, version, kind, *_ = path.split("/")
            data = json.dumps(body or BODIES.get((version, kind, method)))
            return self.owner.client.open(path, method=method, data=data, headers={"Authorization": f"Bearer {self.token}"})
        pages = self._signed_in() if fresh else self.owner
        csrf = pages.page.xpath("//input[@name='csrf_token']/@value")[0]
        return pages.client.open(path, method=method, data={**FORM, **(form or {}), "csrf_token": csrf} if method == "POST" else None)

    def told(self, answer: TestResponse, ids: things.Ids) -> tuple[int, str, str]:
        """Status, place and body, without the ids asked with, request ids and CSRF tokens."""
        text = answer.text
        if answer.mimetype == "text/html":
            page = html.document_fromstring(text)
            for part in page.xpath("//*[@class='notices'] | //input[@name='csrf_token']"):
                part.drop_tree()
            text = " ".join(html.tostring(page, encoding="unicode").split())
        text = re.sub(r"SAMLRequest=\S+", "", f"{answer.headers.get('Location', '')}\n{text}")
        for value in (*ids.values(), answer.headers["X-Request-Id"]):
            text = text.replace(value, "ID")
        return answer.status_code, answer.content_type, text


@pytest.fixture
def stories(both_versions: Flask) -> Stories:
    return Stories(both_versions, factories.make_cast(both_versions))


def maker_for(app: Flask, rule: Rule) -> Callable[[Context], things.Ids] | None:
    """What makes the ids that a rule takes; None when nobody has said yet what they are."""
    if "key" in rule.arguments:
        maker, name = {"Users": (things.member, "member_id"), "Groups": (things.group, "group_id")}[rule.rule.split("/")[3]]
        return lambda ctx: {"key": maker(ctx)[name]}
    makers: dict[frozenset[str], Callable[[Context], things.Ids]] = {
        frozenset({"member_id"}): things.member,
        frozenset({"member_id", "session_id"}): things.session_of_member,
        frozenset({"session_id"}): things.session_of_owner,
        frozenset({"group_id"}): things.group,
        frozenset({"role_id"}): things.role,
        frozenset({"token_id"}): things.token,
        frozenset({"client_id"}): things.client,
        frozenset({"consent_id"}): things.consent,
        frozenset({"connection_id"}): things.connection,
        frozenset({"event_id"}): things.event,
        frozenset({"mass_id"}): things.mass_deactivation,
        frozenset({"key_id"}): things.own_key(app),
        frozenset({"secret"}): things.recovery_link if rule.endpoint.startswith("recovery.") else things.invitation,
    }
    return makers.get(frozenset(rule.arguments - {"verb"}))


def paths(app: Flask, rule: Rule, ids: things.Ids) -> list[str]:
    """The addresses of a rule with these ids, one for each of its verbs."""
    verbs = sorted(vars(rule._converters["verb"])["items"]) if "verb" in rule.arguments else [""]
    with app.test_request_context():
        return [rule.build({**ids, **({"verb": verb} if verb else {})})[1] for verb in verbs]


def test_every_route_answers_a_foreign_id_as_an_unknown_one(stories: Stories):
    """Also the other way round: one's own id gets another answer, so that no route passes by refusing everything."""
    app = stories.app
    rules = [
        (rule, maker_for(app, rule))
        for rule in app.url_map.iter_rules()
        if rule.arguments - set(rule.defaults or {}) and rule.endpoint not in NO_IDS
    ]
    assert [rule.rule for rule, maker in rules if maker is None] == []
    theirs = {id(rule): things.make(app, "globex", maker) for rule, maker in rules if maker}
    # A later connection takes the place of an earlier one: the last one made is the one to ask with.
    last = [ids for ids in theirs.values() if "connection_id" in ids][-1]
    theirs = {key: last if "connection_id" in ids else ids for key, ids in theirs.items()}
    before, asked = things.rows_of(app, "globex"), 0
    for rule, maker in rules:
        assert maker is not None
        own = things.make(app, "acme", maker)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            refusals = []
            for chosen in (set(names) for names in product(*([name, ""] for name in own)) if any(names)):
                foreign = {name: theirs[id(rule)][name] if name in chosen else value for name, value in own.items()}
                nobody = {name: things.unknown(name) if name in chosen else value for name, value in own.items()}
                for here, there in zip(paths(app, rule, foreign), paths(app, rule, nobody), strict=True):
                    refusals = [stories.told(stories.ask(method, path), ids) for path, ids in ((here, foreign), (there, nobody))]
                    assert refusals[0] == refusals[1], f"{method} {rule}"
                    assert refusals[0][0] in (404, 410), f"{method} {rule}"
                    asked += 1
            for path in paths(app, rule, own):
                answer = stories.ask(method, path, fresh=bool(own.keys() & {"secret", "session_id"}))
                assert stories.told(answer, own) != refusals[1], f"{method} {path}"
            own = things.make(app, "acme", maker)
    assert asked > 60
    assert things.rows_of(app, "globex") == before


def consent_request(ctx: Context) -> str:
    """The secret of an authorize request that waits for an answer in this workspace."""
    row, _ = clients.register_catalog(ctx.session, name="Okta", okta_app="app_2", redirect_uris=[])
    there = row.redirect_uris[0]
    secret = consents.ask(ctx.session, row, redirect_uri=there, scopes=row.scopes, state=None, code_challenge=None, now=ctx.now)
    kept, client = consents.asked(ctx.session, secret, ctx.now)
    consents.choose_workspace(kept, client, ctx.workspace)
    return secret


# Ids that do not stand in the path: what makes one, and a request that carries it.
Carrier = Callable[[Stories, str], TestResponse]
MEMBER, GROUP, ROLE = (lambda ctx, maker=maker, name=name: maker(ctx)[name] for maker, name in (
    (things.member, "member_id"), (things.group, "group_id"), (things.role, "role_id")))  # fmt: skip


def _form(path: str, **fields: str) -> Carrier:
    return lambda stories, value: stories.ask("POST", path, form={key: field.format(value) for key, field in fields.items()})


def _page(path: str) -> Carrier:
    return lambda stories, value: stories.ask("GET", path.format(value))


def _scim(method: str, path: str, body: Any = None) -> Carrier:
    text = json.dumps(body)
    return lambda stories, value: stories.ask(method, path.format(value), body=json.loads(text.replace("{}", value)))


def _add(value: Any) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": value}]}


CARRIED: list[tuple[str, Callable[[Context], str], Carrier]] = [
    ("put into a group by hand", MEMBER, _form("/groups/OWN-GROUP/members/add", member="{}")),
    ("taken out of a group by hand", MEMBER, _form("/groups/OWN-GROUP/members/remove", member="{}")),
    ("confirmed with others", MEMBER, _page("/members/deactivate?member={}")),
    ("deactivated with others", MEMBER, _form("/members/deactivate", member="{}")),
    ("confirmed with others to come back", MEMBER, _page("/members/reactivate?member={}")),
    ("reactivated with others", MEMBER, _form("/members/reactivate", member="{}")),
    ("a role by hand", ROLE, _form("/members/OWN-MEMBER", role="{}")),
    ("a role in a filter", ROLE, _page("/members?role={}")),
    ("where a page begins", MEMBER, _page("/members?after={}")),
    ("where a page of groups begins", GROUP, _page("/groups?after={}")),
    ("what a log is about", MEMBER, _page("/audit-log?about={}")),
    ("what a log is about", MEMBER, _page("/provisioning-log?about={}")),
    ("pushed into a group", MEMBER, _scim("PATCH", "/scim/v2/Groups/OWN-GROUP", _add([{"value": "{}"}]))),
    ("pushed with a new group", MEMBER, _scim("POST", "/scim/v2/Groups", {"displayName": "p", "members": [{"value": "{}"}]})),
    ("pushed by 1.1", MEMBER, _scim("PATCH", "/scim/v1/Groups/OWN-GROUP", {"members": [{"value": "{}"}]})),
    ("a custom role", ROLE, _scim("PATCH", "/scim/v2/Users/OWN-MEMBER", {
        "schemas": [PATCH], "Operations": [{"op": "replace", "path": "roles", "value": [{"value": "{}", "primary": True}]}]})),
    ("in a bulk request", MEMBER, _scim("POST", "/scim/v2/Bulk", {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [{"method": "DELETE", "path": "/Users/{}"}]})),
    ("in a filter", MEMBER, _scim("GET", '/scim/v2/Users?filter=id eq "{}"')),
    ("in a filter of members", MEMBER, _scim("GET", '/scim/v2/Groups?filter=members[value eq "{}"]')),
    ("in a filter of groups", GROUP, _scim("GET", '/scim/v2/Users?filter=groups.value eq "{}"')),
    ("a request for access", consent_request, _page("/oauth2/consent?request={}")),
    ("an answer to one", consent_request, lambda s, value: s.ask("POST", f"/oauth2/consent?request={value}", form={"decision": "allow"})),
    ("a refusal of one", consent_request, lambda s, value: s.ask("POST", f"/oauth2/consent?request={value}", form={"decision": "deny"})),
    ("a ticket of SAML", things.ticket, _page("/sso/finish?ticket={}")),
    ("a ticket for logout", lambda ctx: things.ticket(ctx, logout=True), _page("/sso/logout/everywhere?ticket={}")),
    ("a connection", lambda ctx: things.connection(ctx)["connection_id"], _page("/sso/start?connection={}")),
]  # fmt: skip


def test_ids_carried_in_queries_forms_and_bodies(stories: Stories):
    app = stories.app
    with factories.inside(app, "acme") as ctx:
        things.connection(ctx)
        stories.own = {"OWN-GROUP": things.group(ctx)["group_id"], "OWN-MEMBER": things.member(ctx)["member_id"]}
    values = []
    for _, maker, _ in CARRIED:
        with factories.inside(app, "globex") as ctx:
            values.append(maker(ctx))
    before = things.rows_of(app, "globex")
    for (what, _, carrier), foreign in zip(CARRIED, values, strict=True):
        nobody = things.unknown("secret" if foreign.startswith("wp") else "id")
        answers = [stories.told(carrier(stories, value), {"value": value}) for value in (foreign, nobody)]
        assert answers[0] == answers[1], what
        assert answers[0][0] < 500, what
    assert things.rows_of(app, "globex") == before
