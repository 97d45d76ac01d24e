"""A workspace as it looks after some months with Okta: two dozen people, groups, roles, tokens, and logs with failures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select, update

from portal.domain import (
    clients,
    consents,
    groups,
    keys,
    links,
    mass_deactivations,
    mass_decisions,
    members,
    outbox,
    provisioning,
    roles,
    sso,
    tokens,
    workspaces,
)
from portal.domain.actors import Actor
from portal.domain.context import Context
from portal.extensions import db
from portal.models import Member, MemberCount, ProvisioningEvent, RefusedSignIn, Session
from tests import factories
from tests.factories import Person
from tests.gallery.okta import Okta
from tests.oauth import flow
from tests.support.certificates import usual_key
from tests.support.site import client

PEOPLE = """
Grace Hopper|Compilers|Engineering|admin
Alan Turing|Researcher|Engineering|maker
Katherine Johnson|Data analyst|Research|maker
Mary Jackson|Product manager|Product|maker
Annie Easley|Designer|Design|maker
Radia Perlman|Support lead|Support|contributor
Barbara Liskov|Staff engineer|Engineering|maker
Donald Knuth|Technical writer|Documentation|contributor
Hedy Lamarr|Inventor in residence|Research|contributor
Edsger Dijkstra|Principal engineer|Engineering|maker
Lise Meitner|Researcher|Research|viewer
María José Fernández de la Vega Sánchez-Calderón|Head of accounts|Sales|contributor
Wolfeschlegelsteinhausenbergerdorff-Llanfairpwllgwyngyllgogerychwyrndrobwll Montgomery|Counsel|Legal|viewer
مريم ميرزاخاني|عالمة رياضيات|Research|contributor
李 明|Site reliability engineer|Engineering|contributor
👩🏽‍🚀 Valentina Tereshkova|Pilot|Flight|viewer
Rosalind Franklin|Crystallographer|Research|contributor
"""
BY_HAND = ("Margaret Hamilton", "Tim Berners-Lee", "Ida Rhodes")


@dataclass
class World:
    """What the scenes of a gallery point at: people by first name, and ids by what they are of."""

    app: Flask
    owner: Person
    member: Person
    newcomer: Person
    mover: Person
    bearer: str = ""
    ids: dict[str, str] = field(default_factory=dict)


def make_world(app: Flask) -> World:
    """acme, long in use; globex, whose owner has just set a password."""
    profile = app.config["PROFILE"]
    factories.make_workspace(app, "acme", "Acme Aerospace")
    factories.make_workspace(app, "globex", "Globex", seats=25)
    factories.make_workspace(app, "initech", "Initech")
    owner = factories.make_person(app, "acme", "Ada", "Lovelace", role=profile.owner_role, owner=True)
    world = World(
        app,
        owner,
        factories.make_person(app, "acme", "Mary", "Shelley", role=profile.default_role),
        factories.make_person(app, "globex", "Hank", "Scorpio", role=profile.owner_role, owner=True),
        factories.make_person(app, "initech", "Bill", "Lumbergh", role=profile.owner_role, owner=True),
    )
    _by_hand(world)
    _connect(world)
    _provision(world)
    _sessions(world)
    _refusals(world)
    _elsewhere(world)
    return world


@contextmanager
def _as_owner(world: World, days: int) -> Iterator[Context]:
    """The workspace as its owner worked in it some days ago."""
    with factories.inside(world.app, "acme", Actor("member", world.owner.name, id=world.owner.id, ip="203.0.113.7")) as ctx:
        yield replace(ctx, now=ctx.now - timedelta(days=days))


def _by_hand(world: World) -> None:
    profile = world.app.config["PROFILE"]
    with _as_owner(world, 40) as then:
        for name in BY_HAND:
            given, _, family = name.partition(" ")
            address = f"{given}@acme.example".lower()
            values = {"user_name": address, "email": address, "given_name": given, "family_name": family, "title": "Adviser"}
            world.ids[given] = members.create(then, {**values, "role": profile.default_role}, source="manual").id
        members.update_member(then, members.get(then, world.ids["Ida"]), {"active": False})
        if profile.features.groups:
            board = groups.create(then, {"display_name": "Steering committee"})
            groups.add_members(then, board, [world.owner.id, world.ids["Margaret"]])
            world.ids["by-hand-group"] = board.id
        if profile.features.custom_roles:
            apps = list(profile.features.restricted_apps)[:2]
            base = profile.default_role
            world.ids["role"] = roles.create_custom(then, name="Finance reader", base_role=base, restricted_apps=apps).id
            world.ids["spare-role"] = roles.create_custom(then, name="Launch desk", base_role=base, restricted_apps=apps[:1]).id


def _okta_org(name: str, app: str) -> sso.Provider:
    return sso.Provider(f"http://www.okta.com/{app}", f"https://{name}.okta.com/app/{app}/sso/saml", [usual_key().certificate])


def _connect(world: World) -> None:
    with _as_owner(world, 30) as then:
        provider = _okta_org("acme", "exk1fxp8z7k2Qwer0697")
        choices = sso.Choices(metadata_url=f"{provider.sso_url}/metadata")
        connection = sso.save_candidate(then, provider, choices)
        sso.activate(then, connection)
        world.ids["connection"] = connection.id
        provisioning.switch(then, True)
        if then.profile.scim.groups_switch:
            provisioning.switch_groups(then, True)
        soon, _ = tokens.make(then, name="Okta production", expires_in=timedelta(days=39))
        old, _ = tokens.make(then, name="Okta preview", expires_in=timedelta(days=20))
        world.ids["token"], world.ids["old-token"] = soon.id, old.id
        own, _ = clients.register(then, name="Acme's own Okta app", okta_app="trial-1234567_acme_1")
        world.ids["client"] = own.id


def _provision(world: World) -> None:
    """Okta works: by a consent where the product's app asks for one, by a token otherwise."""
    app, profile = world.app, world.app.config["PROFILE"]
    if "2.0" in profile.scim.versions:
        okta = flow.catalog(app, "Okta", "acme_portal")
        world.ids["okta"] = f"/oauth2/authorize?{urlencode(flow.query(okta))}"
        bearer = flow.tokens(app, lambda _slug, person: flow.signed_in(app, person), world.owner, okta)["access_token"]
        with factories.inside(app, "acme") as ctx:
            world.ids["consent"] = consents.connected(ctx)[0].consent.id
    else:
        bearer = factories.make_token(app, "acme", name="Okta")
    world.bearer = bearer
    _people_from_okta(world)
    _backdate(world)


def _people_from_okta(world: World) -> None:
    okta = Okta(world.app, world.bearer)
    made = [okta.creates(number, *line.split("|")) for number, line in enumerate(PEOPLE.strip().splitlines())]
    made = [key for key in made if key]
    world.ids["managed"], world.ids["gone"], world.ids["long"] = made[0], made[7], made[-5]
    with factories.inside(world.app, "acme") as ctx:
        workspaces.set_seats(ctx, ctx.workspace.seats_used)
    okta.creates(90, "Sally Ride", "Astronaut", "Flight", "maker")
    okta.creates(91, "Grace Hopper", "Compilers", "Engineering", "maker")
    okta.creates(92, "Norton I", "Emperor", "", "emperor")
    okta.deactivates(made[5])
    okta.send("DELETE", f"/Users/{made[7]}")
    if ctx.profile.scim.groups:
        everyone = "Everyone at Acme Aerospace, including contractors and advisers"
        for name, people in (("Engineering", made[:5]), (everyone, made[:1]), ("Design", [])):
            body = {"schemas": [okta.schemas("Group")], "displayName": name, "members": [{"value": key} for key in people]}
            world.ids.setdefault("managed-group", okta.send("POST", "/Groups", body)["id"])


def _backdate(world: World) -> None:
    """The latest entry was a few minutes ago, each earlier one three quarters of an hour before."""
    with world.app.app_context():
        events = db.session.scalars(select(ProvisioningEvent).order_by(ProvisioningEvent.at.desc()))
        for number, event in enumerate(events):
            event.at -= timedelta(minutes=4 + 47 * number)
            event.ip = "198.51.100.24"
            if not event.succeeded:
                world.ids["event"] = event.id
        db.session.commit()


def _sessions(world: World) -> None:
    for _ in range(2):
        factories.sign_in(world.app, client(world.app, "acme"), world.owner, "sso")
    factories.sign_in(world.app, client(world.app, "acme"), factories.Person(world.ids["Margaret"], "acme", "", "Margaret", "Hamilton", ""))
    agents = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/604.1",
    )
    with world.app.app_context():
        for number, session in enumerate(db.session.scalars(select(Session).order_by(Session.created_at))):
            session.user_agent, session.ip = agents[number % 2], "203.0.113.7"
            session.seen_at -= timedelta(hours=5 * number + 1)
        db.session.commit()


def _refusals(world: World) -> None:
    said = (
        ("audience-wrong", "grace@acme.example", {"said": "productbord", "expected": world.app.config["PROFILE"].saml.entity_id}),
        ("expired", "alan@acme.example", {"said": "2026-02-03T10:11:12Z"}),
        ("member-unknown", "nobody@acme.example", {"sentence": "nobody@acme.example is not a member of Acme Aerospace."}),
    )
    with factories.inside(world.app, "acme") as ctx:
        tim = members.get(ctx, world.ids["Tim"])
        world.ids["link"] = links.make(ctx, tim, "invitation")
        mail = outbox.queue_link(ctx, world.app.config["VAULT"], tim, "invitation", "/", links.LIFETIME["invitation"])
        mail.error, mail.given_up_at, mail.next_try_at = "the mail server refused the address: 550 5.1.1 no such person", ctx.now, None
        for number, (reason, subject, details) in enumerate(said):
            at = ctx.now - timedelta(hours=3 + 20 * number)
            row = RefusedSignIn(workspace_id=ctx.workspace.id, connection_id=world.ids["connection"], at=at, reason=reason,
                                subject=subject, details=details, ip="203.0.113.7", request_id=f"5c1f0e9a{number:04d}")  # fmt: skip
            ctx.session.add(row)


def _elsewhere(world: World) -> None:
    """initech, which moves from one identity provider to another, has a third connection that waits, and lost many members at once."""
    with factories.inside(world.app, "initech") as ctx:
        for number in (1, 2):
            provider = _okta_org("initech", f"exk{number}")
            sso.activate(ctx, sso.save_candidate(ctx, provider, sso.Choices(name=f"Okta {('Europe', 'America')[number - 1]}", beside=True)))
        provider = _okta_org("initech", "exk3")
        waiting = sso.save_candidate(ctx, provider, sso.Choices(name="Okta trial"))
        details = {"said": "https://initech.portal.example/acs", "expected": "https://initech.portal.example/users/auth/saml/callback"}
        row = RefusedSignIn(workspace_id=ctx.workspace.id, connection_id=waiting.id, at=ctx.now, reason="recipient-wrong", details=details)
        ctx.session.add(row)
        for number in range(60):
            members.create(
                ctx, {"user_name": f"clerk{number}@initech.example", "given_name": "Clerk", "family_name": f"No. {number}"}, source="manual"
            )
        _lose_many(world, ctx)
        for table in (Member, MemberCount):  # a role that an earlier profile had
            old = update(table).where(table.workspace_id == ctx.workspace.id, table.role == ctx.profile.default_role)
            ctx.session.execute(old.values(role="apprentice"))
        clerks = Member.workspace_id == ctx.workspace.id, Member.seq.between(5, 12)
        ctx.session.execute(update(Member).where(*clerks).values(user_type="intern"))  # and a user type that it had
        world.ids["intern"] = ctx.session.scalars(select(Member.id).where(*clerks)).first() or ""
        world.ids["recovery-link"] = links.make(ctx, members.get(ctx, world.mover.id), "recovery")
        keys.ensure(ctx, world.app.config["VAULT"])


def _lose_many(world: World, ctx: Context) -> None:
    """Okta deactivates clerks until further ones are held."""
    mass_decisions.set_rule(ctx, percent=20, hold_further=True)
    okta = ctx.by(Actor("token", "Okta Europe"))
    clerks = list(
        ctx.session.scalars(select(Member).where(Member.workspace_id == ctx.workspace.id, Member.source == "manual", ~Member.owner))
    )
    for clerk in clerks[:12]:
        members.update_member(okta, clerk, {"active": False})
    mass_deactivations.hold(okta)
    world.ids["mass"] = mass_decisions.undecided(ctx)[0].id
