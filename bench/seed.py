"""A workspace of any size in seconds: written as the domain writes it, but a thousand rows at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import flask_migrate
from flask import Flask
from sqlalchemy import insert, update

from portal.domain import details, directory, groups, provisioning, search, seats, sso, tokens, workspaces
from portal.domain.actors import OPERATOR
from portal.domain.context import Context
from portal.extensions import db
from portal.models import Member, MemberBucket, MemberCount, SearchTerm, Workspace
from portal.models.base import new_id
from portal.scim import stored

BATCH = 1000
GROUP = 2000


@dataclass(frozen=True)
class Seeded:
    """What a load needs: a token's secret, (id, user name) of each member, and the id of a group with the first 2,000 of them."""

    token: str
    users: list[tuple[str, str]]
    group: str


def seed(app: Flask, count: int, provider: sso.Provider | None = None) -> Seeded:
    """The workspace acme with `count` Okta-shaped members, on an empty database; `provider` is its identity provider, if any."""
    with app.app_context():
        flask_migrate.upgrade()
        ctx = workspaces.create(db.session(), app.config["PROFILE"], datetime.now(UTC), OPERATOR, slug="acme", name="Acme")
        ctx.workspace.scim_override = ctx.workspace.scim_groups = True
        provisioning.switch(ctx, True)
        if provider is not None:
            sso.activate(ctx, sso.save_candidate(ctx, provider, sso.Choices(allow_idp_initiated=True)))
        _, token = tokens.make(ctx, name="bench")
        users = _members(ctx, count)
        team = groups.create(ctx, {"display_name": "Everybody"}, provisioned=True)
        groups.add_members(ctx, team, [key for key, _ in users[:GROUP]])
        made = Seeded(token, users, team.id)
        db.session.commit()
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
        db.engine.dispose()
    return made


def _members(ctx: Context, count: int) -> list[tuple[str, str]]:
    buckets, facets, users = Counter[int](), Counter[Any](), []
    rows = (_member(ctx, seq) for seq in range(1, count + 1))
    while batch := list(islice(rows, BATCH)):
        terms = [
            {"workspace_id": ctx.workspace.id, "kind": "member", "subject_id": member.id, "term": term}
            for member in batch
            for term in search.terms(details.findable_by(member))
        ]
        ctx.session.execute(insert(Member), [_columns(member) for member in batch])
        ctx.session.execute(insert(SearchTerm), terms)
        buckets.update(member.seq // directory.BUCKET for member in batch)
        facets.update(directory.facet(member) for member in batch)
        users += [(member.id, member.user_name) for member in batch]
    _count(ctx, buckets, facets, count)
    return users


def _member(ctx: Context, seq: int) -> Member:
    address = f"person-{seq}@bench.example"
    member = Member(
        id=new_id(), workspace_id=ctx.workspace.id, seq=seq, user_name=address, user_name_folded=address, email=address,
        email_folded=address, external_id=f"00u{seq:017}", given_name="Person", family_name=f"Number {seq}",
        display_name=f"Person Number {seq}", user_type=ctx.profile.default_user_type, role=ctx.profile.default_role,
        permission_set=ctx.profile.default_permission_set or None, owner=False, status="active", source="scim", provisioned=True,
        attributes={"emails": [{"primary": True, "value": address, "type": "work"}], "locale": "en-US"}, version=1,
        created_at=ctx.now, modified_at=ctx.now,
    )  # fmt: skip
    member.wire, member.wire_at = stored.wire(member), ctx.now
    return member


def _columns(member: Member) -> dict[str, Any]:
    return {name: getattr(member, name) for name in Member.__table__.columns.keys()}  # noqa: SIM118 - a collection of columns, not a dict


def _count(ctx: Context, buckets: Counter[int], facets: Counter[Any], count: int) -> None:
    here = {"workspace_id": ctx.workspace.id}
    ctx.session.execute(insert(MemberBucket), [{**here, "bucket": bucket, "members": number} for bucket, number in buckets.items()])
    names = ("role", "custom_role_id", "origin", "status")
    rows: Iterator[dict[str, Any]] = (
        {**here, **dict(zip(names, facet, strict=True)), "members": number} for facet, number in facets.items()
    )
    ctx.session.execute(insert(MemberCount), list(rows))
    used = count if seats.uses_seat(ctx.profile, role=ctx.profile.default_role, active=True) else 0
    ctx.session.execute(update(Workspace).where(Workspace.id == ctx.workspace.id).values(member_seq=count, seats_used=used))
    ctx.session.refresh(ctx.workspace)
