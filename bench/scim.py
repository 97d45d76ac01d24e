"""Measures the SCIM server beside a floor on the same server and database, in one run.

    .venv/bin/python -m bench.scim [--members 10000] [--database postgresql://…] [--requests 2000] [--json FILE]

Starts gunicorn with two workers for the portal and for the floor on free ports of loopback, seeds the workspace with Okta-shaped users
through the domain, measures, prints a table and stops everything. SQLite in a temporary directory unless a database is named; a named
database must be empty.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from bench.load import Figures, Load, Request

ROOT = Path(__file__).resolve().parent.parent
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def main() -> None:
    """Seeds, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--database", default="")
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        rows = measure(options, Path(directory))
    print(f"{'':<24}{'per second':>12}{'p50 ms':>10}{'p99 ms':>10}{'of floor':>10}")
    for name, row in rows.items():
        share = f"{row['share']:.2f}" if row["share"] else ""
        print(f"{name:<24}{row['rate']:>12.0f}{row['p50']:>10.1f}{row['p99']:>10.1f}{share:>10}")
    if options.json:
        options.json.write_text(json.dumps({"members": options.members, "rows": rows}, indent=2), encoding="utf-8")


def measure(options: argparse.Namespace, directory: Path) -> dict[str, dict[str, Any]]:
    """The figures by name, each with its share of the floor it is compared to."""
    url = options.database or f"sqlite:///{directory / 'portal.sqlite3'}"
    floor_url = (options.database or f"sqlite:///{directory / 'floor.sqlite3'}").replace("postgresql://", "postgresql+psycopg://")
    port, floor_port = free_port(), free_port()
    environment = {
        **os.environ,
        "PORTAL_BASE_URL": f"http://portal.localhost:{port}",
        "PORTAL_SECRET_KEY": "a key for measuring only, of enough characters",
        "PORTAL_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "PORTAL_DATABASE_URL": url,
        "PORTAL_INSTANCE_PATH": str(directory),
        "PORTAL_LOG_LEVEL": "ERROR",
        "FLOOR_DATABASE_URL": floor_url,
    }
    os.environ.update(environment)
    token, users, group = seed(options.members)
    prepare_floor(floor_url)
    random.seed(7)
    with gunicorn("bench.floor:app", floor_port, environment), gunicorn("wsgi:app", port, environment):
        floor = Load(floor_port, {})
        headers = {"Host": f"acme.portal.localhost:{port}", "Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
        portal = Load(port, headers)
        return compare(floor, portal, users, group, options)


def compare(floor: Load, portal: Load, users: list[tuple[str, str]], group: str, options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Runs each load after a short warm-up."""
    count = options.requests
    rows: dict[str, dict[str, Any]] = {}

    def row(name: str, load: Load, make: Any, expect: int, against: str = "") -> None:
        load.run(make, 50, expect)
        figures: Figures = load.run(lambda number: make(number + 50), count, expect)
        share = figures.rate / rows[against]["rate"] if against else None
        rows[name] = {**asdict(figures), "share": share}

    def pick() -> tuple[str, str]:
        return random.choice(users)  # noqa: S311 - a load, not a secret

    row("floor: hello", floor, lambda _: ("GET", "/hello", None), 200)
    row("floor: read", floor, lambda _: ("GET", "/read", None), 200)
    row("floor: insert", floor, lambda _: ("POST", "/insert", b""), 201)
    row("GET one", portal, lambda _: ("GET", f"/scim/v2/Users/{pick()[0]}", None), 200, "floor: read")
    row("userName eq", portal, lambda _: ("GET", f"/scim/v2/Users?filter=userName%20eq%20%22{pick()[1]}%22", None), 200, "floor: read")
    page = "/scim/v2/Users?startIndex={}&count=100"
    last = max(2, options.members - 100)
    row("page of 100", portal, lambda _: ("GET", page.format(random.randrange(1, last)), None), 200, "floor: read")  # noqa: S311
    row("create", portal, lambda number: create(f"new-{number}-{options.members}"), 201, "floor: insert")
    row("PATCH active", portal, lambda number: patch_active(users[number % len(users)][0], number), 200, "floor: insert")
    row("add to a group", portal, lambda number: add_member(group, users[number % len(users)][0]), 200, "floor: insert")
    row("sign-in page", portal, lambda _: ("GET", "/sign-in", None), 200, "floor: read")
    return rows


def create(name: str) -> Request:
    """A create as Okta sends it."""
    address = f"{name}@bench.example"
    body = {
        "schemas": [USER],
        "userName": address,
        "name": {"givenName": "New", "familyName": name},
        "emails": [{"primary": True, "value": address, "type": "work"}],
        "displayName": f"New {name}",
        "locale": "en-US",
        "externalId": f"00u{name}",
        "groups": [],
        "password": "1mz050nq",
        "active": True,
    }
    return "POST", "/scim/v2/Users", json.dumps(body).encode()


def patch_active(user: str, number: int) -> Request:
    """A deactivation or reactivation as Okta sends it."""
    body = {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": number % 2 == 0}}]}
    return "PATCH", f"/scim/v2/Users/{user}", json.dumps(body).encode()


def add_member(group: str, user: str) -> Request:
    """One member into the group."""
    body = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": [{"value": user}]}]}
    return "PATCH", f"/scim/v2/Groups/{group}", json.dumps(body).encode()


def seed(count: int) -> tuple[str, list[tuple[str, str]], str]:
    """A workspace with `count` members and a group of 2,000 of them; returns the token, (id, userName) pairs and the group's id."""
    import flask_migrate

    from portal import create_app
    from portal.domain import groups, members, provisioning, tokens, workspaces
    from portal.domain.actors import OPERATOR
    from portal.extensions import db

    app = create_app()
    with app.app_context():
        flask_migrate.upgrade()
        ctx = workspaces.create(db.session(), app.config["PROFILE"], datetime.now(UTC), OPERATOR, slug="acme", name="Acme")
        ctx.workspace.scim_override = ctx.workspace.scim_groups = True
        provisioning.switch(ctx, True)
        _, token = tokens.make(ctx, name="bench")
        users = []
        for number in range(count):
            address = f"person-{number}@bench.example"
            values = {
                "user_name": address,
                "email": address,
                "given_name": "Person",
                "family_name": str(number),
                "external_id": f"00u{number}",
                "attributes": {"emails": [{"primary": True, "value": address, "type": "work"}], "locale": "en-US"},
            }
            users.append((members.create(ctx, values, source="scim").id, address))
            if number % 500 == 499:
                db.session.commit()
                db.session.expunge_all()
                ctx.workspace = workspaces.get(db.session(), "acme")
        team = groups.create(ctx, {"display_name": "Everybody"}, provisioned=True)
        groups.add_members(ctx, team, [user for user, _ in users[:2000]])
        group = team.id
        db.session.commit()
        db.engine.dispose()
    return token, users, group


def prepare_floor(url: str) -> None:
    """The floor's only table and the row it reads."""
    from sqlalchemy import create_engine, text

    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE floor (id VARCHAR(36) PRIMARY KEY, body TEXT NOT NULL)"))
        connection.execute(text("INSERT INTO floor (id, body) VALUES ('known', :body)"), {"body": "x" * 400})
    engine.dispose()


def free_port() -> int:
    """A port of loopback nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def gunicorn(app: str, port: int, environment: dict[str, str]) -> Iterator[None]:
    """Serves `app` with two workers until the block ends."""
    command = [sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", "--workers", "2", "--log-level", "error"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)  # own arguments
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    main()
