"""PostgreSQL keeps the plans of statements that come again, but plans those with long lists for what is on them."""

from __future__ import annotations

import subprocess
import sys

from sqlalchemy import bindparam, select, text

from portal.extensions import db
from portal.models import Member
from portal.models.lists import one_of
from portal.models.prepared import Prepared

_BY_ID = Prepared(select(Member.id).where(Member.id == bindparam("kept")))
_BY_IDS = Prepared(select(Member.id).where(one_of(Member.id, "ids")))
_BY_FEW_IDS = Prepared(select(Member.seq).where(one_of(Member.id, "ids")))


def test_only_statements_without_long_lists_keep_a_plan(app):
    many = [f"id-{number}" for number in range(500)]
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            assert _BY_IDS.all(db.session(), ids=many) == []
            return
        for _ in range(12):
            _BY_ID.all(db.session(), kept="nobody")
            _BY_IDS.all(db.session(), ids=many)
            _BY_FEW_IDS.all(db.session(), ids=many[:10])
            db.session.scalars(select(Member.id).where(Member.id.in_(many))).all()
        prepared = db.session.execute(text("SELECT statement, generic_plans FROM pg_prepared_statements")).all()
        of_members = [row for row in prepared if "FROM members \nWHERE members.id = " in row.statement]
        conditions = sorted(row.statement.partition("WHERE ")[2] for row in of_members)
        assert ["= ANY" in condition for condition in conditions] == [False, True]
        assert all(row.generic_plans > 0 for row in of_members)
        assert any("SELECT members.seq" in row.statement for row in of_members)


def test_its_driver_is_imported_only_where_it_is_used():
    asked = "import sys, portal; print('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout == "False\n"
