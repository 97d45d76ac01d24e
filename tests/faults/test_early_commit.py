"""A workspace's lock is free before its log is on disk; nobody is answered before that."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests import factories
from tests.faults.test_postgresql import Cluster, cluster  # noqa: F401 - a fixture
from tests.support import site
from tests.support.processes import until

EMIT = "pg_logical_emit_message"


@contextmanager
def without_the_standby(admin: psycopg.Connection) -> Iterator[None]:
    """Commits wait for a stand-by that does not come, as they otherwise wait for a slow disk."""
    try:
        admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        admin.execute("SELECT pg_reload_conf()")
        until(lambda: admin.execute("SHOW synchronous_standby_names").fetchone() == ("nobody",))
        yield
    finally:
        admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
        admin.execute("SELECT pg_reload_conf()")


def test_the_next_write_need_not_wait_for_the_disk_but_every_answer_does(cluster):  # noqa: F811
    app = site.make(database_url=cluster.url())
    factories.make_cast(app)
    factories.enable_scim(app, "acme")
    bearer = {"Authorization": f"Bearer {factories.make_token(app, 'acme')}"}
    answers: dict[str, int] = {}

    def create(name: str) -> None:
        answers[name] = site.client(app, "acme").post("/scim/v2/Users", json={"userName": name}, headers=bearer).status_code

    create("first")  # the token's first use is noted, in a transaction of its own
    with psycopg.connect(cluster.url(), autocommit=True) as admin:

        def written() -> int:
            found = admin.execute("SELECT count(*) FROM members WHERE user_name IN ('ann', 'bob')").fetchone()
            return int(found[0]) if found else 0

        both = [threading.Thread(target=create, args=(name,)) for name in ("ann", "bob")]
        with without_the_standby(admin):
            for each in both:
                each.start()
            until(lambda: written() == len(both))
            assert answers == {"first": 201}
        for each in both:
            each.join()
    assert answers == {"first": 201, "ann": 201, "bob": 201}
    site.dispose(app)


def test_whoever_may_not_write_to_the_log_commits_as_ever(cluster):  # noqa: F811
    with psycopg.connect(cluster.url(), autocommit=True) as admin:
        admin.execute("CREATE ROLE clerk LOGIN")
        admin.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk")
        admin.execute(f"REVOKE EXECUTE ON FUNCTION {EMIT}(boolean, text, text), {EMIT}(boolean, text, bytea) FROM public")
        app = site.make(database_url=cluster.url().replace("portal@", "clerk@"))
        factories.make_cast(app)
        factories.enable_scim(app, "acme")
        bearer = {"Authorization": f"Bearer {factories.make_token(app, 'acme')}"}
        created = site.client(app, "acme").post("/scim/v2/Users", json={"userName": "ann"}, headers=bearer)
        assert created.status_code == 201
        with pytest.raises(psycopg.errors.InsufficientPrivilege), psycopg.connect(admin.info.dsn, user="clerk") as user:
            user.execute(f"SELECT {EMIT}(true, '', '')")
        assert admin.execute("SELECT count(*) FROM members WHERE user_name = 'ann'").fetchone() == (1,)
    site.dispose(app)
