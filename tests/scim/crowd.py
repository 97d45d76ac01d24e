"""A crowd in Acme that Okta deactivates: by which requests, and what became of it."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from portal.domain import invariants
from portal.models import Deactivation, DeactivationMinute, MassDeactivation, Member
from tests import factories
from tests.scim.okta import Okta
from tests.scim.words import PATCH

OFF = {"op": "replace", "value": {"active": False}}


def deactivate(okta: Okta, ids: list[str]) -> list[int]:
    """By one PATCH each; the statuses."""
    return [okta.patch(f"/Users/{key}", OFF)[0] for key in ids]


def replace(okta: Okta, ids: list[str]) -> list[int]:
    """By one PUT each; the statuses."""
    names = [okta("GET", f"/Users/{key}")[1]["userName"] for key in ids]
    return [okta("PUT", f"/Users/{key}", {"userName": name, "active": False})[0] for key, name in zip(ids, names, strict=True)]


def bulk(okta: Okta, ids: list[str]) -> list[int]:
    """By one Bulk of PATCHes; the statuses."""
    data = {"schemas": [PATCH], "Operations": [OFF]}
    operations = [{"method": "PATCH", "path": f"/Users/{key}", "data": data} for key in ids]
    status, body = okta("POST", "/Bulk", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations})
    assert status == 200
    return [int(item["status"]) for item in body["Operations"]]


def events(app: Flask) -> list[MassDeactivation]:
    """Acme's mass deactivations, the first one first."""
    with factories.inside(app, "acme") as ctx:
        return list(ctx.session.scalars(select(MassDeactivation).order_by(MassDeactivation.began_at)))


def active(app: Flask) -> int:
    """How many of the crowd are active."""
    with factories.inside(app, "acme") as ctx:
        own = Member.workspace_id == ctx.workspace.id, Member.status == "active", Member.user_name.startswith("p")
        return ctx.session.scalars(select(func.count()).where(*own)).one()


def sound(app: Flask) -> None:
    """Everything that must always hold in Acme does."""
    with factories.inside(app, "acme") as ctx:
        assert list(invariants.broken(ctx)) == []


def by_minute(app: Flask) -> list[int]:
    """How many deactivations count in each minute, the earliest first."""
    with factories.inside(app, "acme") as ctx:
        return list(ctx.session.scalars(select(DeactivationMinute.deactivated).order_by(DeactivationMinute.minute)))


def hours_later(app: Flask, hours: float = 1.1) -> None:
    """As if what happened had happened earlier."""
    earlier = timedelta(hours=hours)
    with factories.inside(app, "acme") as ctx:
        for table, column in ((DeactivationMinute, "minute"), (Deactivation, "at"), (MassDeactivation, "last_at")):
            for row in ctx.session.scalars(select(table)):
                setattr(row, column, getattr(row, column) - earlier)
