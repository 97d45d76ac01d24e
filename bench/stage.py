"""What every measure over sockets needs: the portal and its floor, started on a seeded database, and one run of requests."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.fernet import Fernet
from sqlalchemy import create_engine, text

from bench.load import Figures, Load
from bench.requests import Make, Requests
from bench.seed import Seeded, seed
from bench.servers import database, free_port, gunicorn
from portal import create_app
from portal.config import load_settings
from portal.domain import sso
from tests.support.idp import IdentityProvider

NAMES = {
    "get": "GET one user", "look_up": "userName eq", "page": "page of 100", "create": "create", "patch": "PATCH active",
    "add": "one member of a group of 2,000", "acs": "SAML response (ACS)", "sign_in": "sign-in page",
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """Both servers, started and seeded."""

    floor: Load
    scim: Load
    pages: Load
    requests: Requests
    seeded: Seeded
    master: int


@contextmanager
def stage(options: argparse.Namespace, members: int) -> Iterator[Stage]:
    """Starts both servers on a seeded database, and stops them."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="portal-bench-")))
        url = stack.enter_context(database(options.database, directory))
        port, floor_port, idp = free_port(), free_port(), IdentityProvider()
        environment = {
            "PORTAL_BASE_URL": f"http://portal.localhost:{port}",
            "PORTAL_SECRET_KEY": "a key for measuring only, of enough characters",
            "PORTAL_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "PORTAL_DATABASE_URL": url,
            "PORTAL_INSTANCE_PATH": str(directory),
            "FLOOR_DATABASE_URL": url.replace("portal.sqlite3", "floor.sqlite3").replace("postgresql://", "postgresql+psycopg://"),
        }
        os.environ.update(environment)
        seeded = seed(create_app(load_settings(slow_query_ms=0)), members, sso.Provider(idp.issuer, idp.sso_url, [idp.key.certificate], ""))
        prepare_floor(environment["FLOOR_DATABASE_URL"])
        stack.enter_context(gunicorn("bench.floor:app", floor_port, environment, directory / "floor.log"))
        master = stack.enter_context(gunicorn("wsgi:app", port, environment, directory / "portal.log"))
        host = f"acme.portal.localhost:{port}"
        headers = {"Host": host, "Authorization": f"Bearer {seeded.token}", "Accept": "application/scim+json", "User-Agent": "Okta"}
        headers["Content-Type"] = "application/scim+json; charset=utf-8"
        form = {"Host": host, "Content-Type": "application/x-www-form-urlencoded"}
        yield Stage(
            Load(floor_port, {"Host": "127.0.0.1"}, options.connections),
            Load(port, headers, options.connections),
            Load(port, form, options.connections),
            Requests(seeded, idp, f"http://{host}"),
            seeded,
            master,
        )


def prepare_floor(url: str) -> None:
    """The floor's only table and the row it reads."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:  # once for all: two workers that ask for it at the same moment are refused
            connection.execute(text("PRAGMA journal_mode=WAL"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE floor (id VARCHAR(36) PRIMARY KEY, body TEXT NOT NULL)"))
        connection.execute(text("INSERT INTO floor (id, body) VALUES ('known', :body)"), {"body": "x" * 400})
    engine.dispose()


def run(load: Load, make: Make, count: int, expect: int) -> Figures:
    """One measure of the portal."""
    return load.run([make() for _ in range(count)], expect)
