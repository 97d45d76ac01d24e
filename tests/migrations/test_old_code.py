"""Migrations run while the old code serves: whatever an older portal reads and writes still works against the newest schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import uuid4

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from portal.config import ROOT
from portal.domain import invariants
from portal.extensions import db
from portal.models import Base, Member
from tests import factories
from tests.support import databases, site

REVISIONS = [script.revision for script in ScriptDirectory(str(ROOT / "portal" / "migrations")).walk_revisions()][::-1]
# Taken away before anybody ran a portal; from here on nothing goes in the release that stops using it.
BEFORE_THE_FIRST_INSTALLATION = {"authorization_requests.redirect_uri_given", "authorization_codes.redirect_uri_given"}


@dataclass(frozen=True)
class Schema:
    """The tables as a revision left them."""

    revision: str
    tables: sa.MetaData

    @property
    def columns(self) -> dict[str, sa.Column[Any]]:
        """By `table.column`."""
        return {f"{table}.{column.name}": column for table in self.tables.tables.values() for column in table.columns}


@pytest.fixture(scope="module", params=databases.KINDS)
def walked(request, worker_id) -> Iterator[tuple[Flask, list[Schema]]]:
    """A portal whose database went through every revision, with people in it since the first; and what each revision left."""
    only = request.config.getoption("--database")
    kind = only or request.param
    databases.drop(kind, f"walked_{worker_id}")
    app = site.make(database_url=databases.create_unmigrated(kind, f"walked_{worker_id}"))
    schemas = []
    with app.app_context():
        for revision in REVISIONS:
            flask_migrate.upgrade(revision=revision)
            tables = sa.MetaData()
            tables.reflect(db.engine)
            schemas.append(Schema(revision, tables))
            if revision == REVISIONS[0]:
                _settle(tables)
    yield app, schemas
    site.dispose(app)


def test_no_revision_takes_away_or_asks_for_more(walked):
    _app, schemas = walked
    wrong = []
    for before, after in pairwise(schemas):
        for name, column in before.columns.items():
            now = after.columns.get(name)
            if now is None:
                wrong += [f"{after.revision} drops {name}"] if name not in BEFORE_THE_FIRST_INSTALLATION else []
            elif column.nullable and not now.nullable:
                wrong.append(f"{after.revision} makes {name} required")
            elif (getattr(now.type, "length", None) or 10**9) < (getattr(column.type, "length", None) or 0):
                wrong.append(f"{after.revision} shortens {name}")
        for name, column in after.columns.items():
            known = name.partition(".")[0] in before.tables.tables
            if known and name not in before.columns and not column.nullable and column.server_default is None:
                wrong.append(f"{after.revision} adds {name}, which rows of older code lack")
    assert wrong == []


def test_rows_as_each_older_portal_writes_them_are_taken_and_read(walked):
    app, schemas = walked
    with app.app_context():
        for schema in schemas:
            made: dict[str, sa.RowMapping] = {}
            for table in schema.tables.sorted_tables:
                if table.name != "alembic_version":
                    kept = [column for column in table.columns if f"{table.name}.{column.name}" not in BEFORE_THE_FIRST_INSTALLATION]
                    row = {column.name: _value(column, made) for column in kept}
                    db.session.execute(sa.insert(table).values(row))
                    made[table.name] = row  # type: ignore[assignment]
            db.session.commit()
        for mapper in Base.registry.mappers:
            rows = db.session.scalars(sa.select(mapper.class_)).all()
            assert len(rows) >= 1, mapper.class_
            for row in rows:
                assert all(hasattr(row, name) for name in mapper.column_attrs.keys())  # noqa: SIM118 - loads what is deferred
        db.session.remove()


def test_people_of_the_first_revision_are_as_if_they_came_today(walked):
    app, _schemas = walked
    with factories.inside(app, "first") as ctx:
        assert list(invariants.broken(ctx)) == []
        assert {member.user_name for member in db.session.scalars(sa.select(Member).where(Member.workspace_id == ctx.workspace.id))} == {
            "ada@first.example",
            "bob@first.example",
        }


def test_the_models_are_the_newest_schema(walked):
    app, _schemas = walked
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        found = [entry for entry in compare_metadata(context, Base.metadata) if not _is_expression(entry)]
    assert found == []


def _settle(tables: sa.MetaData) -> None:
    """A workspace of two members, one with a paid role, and a group, by the columns of the first revision alone."""
    made: dict[str, Any] = {}

    def add(name: str, **values: Any) -> dict[str, Any]:
        table = tables.tables[name]
        row = {column.name: values.get(column.name, _value(column, made)) for column in table.columns}
        db.session.execute(sa.insert(table).values(row))
        made[name] = row
        return row

    workspace = add("workspaces", slug="first", seats=5, seats_used=1, member_seq=2, group_seq=1, audit_seq=0, audit_head="")
    people = []
    for seq, name, role in ((1, "Ada", "maker"), (2, "Bob", "contributor")):
        address = f"{name.lower()}@first.example"
        names = {"given_name": name, "family_name": "First", "display_name": f"{name} First", "email": address, "user_name": address}
        folded = {"user_name_folded": address, "email_folded": address}
        received = {"emails": [{"value": f"{name}@home.example"}]}
        origin = {"source": "scim", "provisioned": True, "status": "active", "role": role, "custom_role_id": None}
        people.append(add("members", seq=seq, attributes=received, **names, **folded, **origin))
    add("member_buckets", bucket=0, members=2)
    group = add("groups", seq=1, display_name="Everybody", display_name_folded="everybody")
    for person in people:
        add("group_members", group_id=group["id"], member_id=person["id"], workspace_id=workspace["id"])
    db.session.commit()


def _value(column: sa.Column[Any], made: dict[str, Any]) -> Any:
    """Something the column takes; a foreign key points to the row made last."""
    for key in column.foreign_keys:
        parent, name = key.target_fullname.split(".")
        return made[parent][name] if parent in made else None
    kind = column.type
    if isinstance(kind, sa.JSON):
        return []
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Integer):
        return uuid4().int % 1_000_000
    if isinstance(kind, sa.Numeric):
        return 1
    if isinstance(kind, sa.DateTime):
        return datetime.now(UTC)
    text = uuid4().hex
    return text[: kind.length or 32] if isinstance(kind, sa.String) else text


def _is_expression(entry: Any) -> bool:
    """Indexes that reflection cannot compare: those with conditions or expressions."""
    return isinstance(entry, tuple) and str(entry[0]).endswith("_index")
