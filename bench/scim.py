"""Measures the portal beside a floor on the same server and database, in one run.

    .venv/bin/python -m bench.scim [--members 10000] [--database sqlite|postgresql|URL] [--rounds 5] [--json FILE] [--flat]

Starts gunicorn with two workers for the portal and for the floor, both by the repository's settings, on free ports of loopback; seeds a
workspace with Okta-shaped users; measures, prints a table and stops everything. `postgresql` is a throw-away cluster that syncs every
commit; a database that is named must be empty. Logging is on, to a file. Each round measures the floor, the portal and the floor again,
so that what else the machine does meets both; a share is of the mean of the floor around it, and the median of the rounds is printed.
`--flat` compares workspaces of 1,000 and 100,000 members instead, and reads the workers' memory: see `bench/flat.py`.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import create_engine, text

from bench.load import Figures, Load, median, shares
from bench.requests import Make, Requests
from bench.seed import Seeded, seed
from bench.servers import WORKERS, database, free_port, gunicorn
from portal import create_app
from portal.config import load_settings
from portal.domain import sso
from tests.support.idp import IdentityProvider

# What is measured: the floor it is compared to, the share that is the target, status of its answers, requests in a round.
MEASURES: dict[str, tuple[str, float | None, int, int]] = {
    "get": ("read", 0.60, 200, 1000),
    "look_up": ("read", 0.60, 200, 1000),
    "page": ("read", 0.30, 200, 500),
    "create": ("insert", 0.45, 201, 400),
    "patch": ("insert", 0.45, 200, 400),
    "add": ("insert", 0.40, 200, 300),
    "acs": ("read", None, 303, 80),
    "sign_in": ("read", None, 200, 300),
}
FLOOR: dict[str, tuple[str, bytes | None, int, int]] = {
    "hello": ("GET", None, 200, 1000),
    "read": ("GET", None, 200, 1000),
    "insert": ("POST", b"", 201, 500),
}
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


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--database", default="sqlite")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--flat", action="store_true")
    options = parser.parse_args()
    if options.flat:
        from bench.flat import flat

        result = flat(options)
    else:
        with stage(options, options.members) as made:
            result = measured(made, options.rounds)
        show(result, options)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2), encoding="utf-8")


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


def measured(made: Stage, rounds: int) -> dict[str, Any]:
    """Every measure, floors included, by name."""
    found: dict[str, Any] = {}
    floors: dict[str, list[Figures]] = {name: [] for name in FLOOR}
    floor_of(made, "hello", floors)
    for name, (against, target, expect, count) in MEASURES.items():
        load, make = made.pages if name in ("acs", "sign_in") else made.scim, getattr(made.requests, name)
        run(load, make, 20 if name == "acs" else 100, expect)
        around, own = [floor_of(made, against, floors)], []
        for _ in range(rounds):
            own.append(run(load, make, count, expect))
            around.append(floor_of(made, against, floors))
        share = median(shares([figures.rate for figures in own], [figures.rate for figures in around]))
        found[name] = {**summed(own), "share": round(share, 3), "of": against, "target": target}
    return {**{f"floor: {name}": summed(figures) for name, figures in floors.items()}, **found}


def floor_of(made: Stage, name: str, floors: dict[str, list[Figures]]) -> Figures:
    """One measure of the floor, kept with the others."""
    method, body, expect, count = FLOOR[name]
    figures = made.floor.run([(method, f"/{name}", body)] * count, expect)
    floors[name].append(figures)
    return figures


def run(load: Load, make: Make, count: int, expect: int) -> Figures:
    """One measure of the portal."""
    return load.run([make() for _ in range(count)], expect)


def summed(figures: list[Figures]) -> dict[str, float]:
    """The medians of several rounds."""
    return {name: round(median([getattr(each, name) for each in figures]), 2) for name in ("rate", "p50", "p99")}


def show(result: dict[str, Any], options: argparse.Namespace) -> None:
    """The table."""
    print(f"{options.members:,} members, {options.database}, {WORKERS} workers, {options.connections} connections, {options.rounds} rounds")
    print(f"{'':<32}{'per second':>12}{'p50 ms':>10}{'p99 ms':>10}{'of floor':>10}{'target':>8}")
    for name, row in result.items():
        share = f"{row['share']:.2f}" if "share" in row else ""
        target = f"{row['target']:.2f}" if row.get("target") else ""
        print(f"{NAMES.get(name, name):<32}{row['rate']:>12.0f}{row['p50']:>10.1f}{row['p99']:>10.1f}{share:>10}{target:>8}")


if __name__ == "__main__":
    main()
