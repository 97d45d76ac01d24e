"""The fixtures that every test may ask for; what they stand on is in `tests/support`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests import factories
from tests.pages import PageClient
from tests.support import browser as browsers
from tests.support import cheap, databases, leaks, lock_order, loose_writes, services, site
from tests.support.mailbox import Mailbox
from tests.support.simplesamlphp import SimpleSamlPhp


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=databases.KINDS, help="run tests of the database on this one only")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        services.begin_run()
    cheap.begin()
    leaks.listen()
    loose_writes.listen()
    lock_order.listen()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        services.end_run()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The type check takes longest, so it starts first."""
    items.sort(key=lambda item: "structure/test_checks.py" not in item.nodeid)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever touches the database runs on each kind; what is marked as `one_database` shows the same on any."""
    if "database" in metafunc.fixturenames:
        only = metafunc.config.getoption("--database")
        kinds = [only] if only else list(databases.KINDS)
        one = metafunc.definition.get_closest_marker("one_database") is not None
        metafunc.parametrize("database", kinds[:1] if one else kinds, indirect=True)


@pytest.fixture(autouse=True)
def nothing_leaks() -> Iterator[None]:
    """No log line and no answer of any test holds a secret that does not belong there."""
    yield
    leaked, leaks.found[:] = list(leaks.found), []
    assert leaked == []


@pytest.fixture(autouse=True)
def nothing_is_written_loosely() -> Iterator[None]:
    """No request of any test writes while it only looks things up, where a failure would leave half of it."""
    yield
    loose, loose_writes.found[:] = list(loose_writes.found), []
    assert loose == []


@pytest.fixture(autouse=True)
def locks_come_first() -> Iterator[None]:
    """No request of any test writes before it takes the workspace's lock, where two could wait for each other."""
    yield
    late, lock_order.found[:] = list(lock_order.found), []
    assert late == []


@pytest.fixture(scope="session")
def databases_of_worker(worker_id: str) -> Callable[[str], str]:
    """The worker's own database of a kind, made when it is first asked for."""
    made: dict[str, str] = {}

    def of(kind: str) -> str:
        if kind not in made:
            made[kind] = databases.create(kind, f"portal_{worker_id}")
        return made[kind]

    return of


@pytest.fixture
def database(request: pytest.FixtureRequest, databases_of_worker: Callable[[str], str]) -> str:
    """The URL of a migrated database without rows; the test runs once on SQLite and once on PostgreSQL."""
    url = databases_of_worker(request.param)
    databases.empty(url)
    return url


@pytest.fixture(scope="session")
def applications() -> Iterator[dict[str, Flask]]:
    """One application for each database of the worker."""
    made: dict[str, Flask] = {}
    yield made
    for app in made.values():
        site.dispose(app)


@pytest.fixture
def app(database: str, applications: dict[str, Flask]) -> Flask:
    """The portal with default settings (`productboard`, http://portal.localhost:5000) on an empty database."""
    if database not in applications:
        applications[database] = site.make(database_url=database)
    site.refresh(applications[database])
    return applications[database]


@pytest.fixture
def make_app(database: str) -> Iterator[Callable[..., Flask]]:
    """Makes a portal with other settings on the test's database: `make_app(profile="productive")`."""
    made: list[Flask] = []

    def make(**changes: object) -> Flask:
        made.append(site.make(database_url=database, **changes))
        return made[-1]

    yield make
    for app in made:
        site.dispose(app)


@pytest.fixture
def cast(app: Flask) -> factories.Cast:
    """Two workspaces, acme and globex, and their people; see `factories.Cast`."""
    return factories.make_cast(app)


@pytest.fixture
def client(app: Flask) -> Callable[..., site.HostClient]:
    """Flask's test client at a host: `client("acme").get("/scim/v2/Users")`; `client()` stands at the bare domain."""
    return lambda subdomain="": site.client(app, subdomain)


@pytest.fixture
def at(app: Flask) -> Callable[..., PageClient]:
    """A person at a browser without scripts: `at("acme")` is a visitor, `at("acme", cast.ada)` is signed in."""

    def at(subdomain: str = "", person: factories.Person | None = None) -> PageClient:
        pages = PageClient(site.client(app, subdomain))
        if person:
            factories.sign_in(app, pages.client, person)
        return pages

    return at


@pytest.fixture(scope="session")
def live_servers() -> Iterator[dict[str, site.LiveServer]]:
    """One live server for each database of the worker."""
    made: dict[str, site.LiveServer] = {}
    yield made
    for server in made.values():
        server.stop()


@pytest.fixture
def live(database: str, live_servers: dict[str, site.LiveServer]) -> site.LiveServer:
    """The portal behind a real socket, on the test's database: `live.url("acme", "/sign-in")`."""
    if database not in live_servers:
        live_servers[database] = site.LiveServer(database_url=database)
    site.refresh(live_servers[database].app)
    return live_servers[database]


@pytest.fixture
def gunicorn(database: str) -> Iterator[Callable[..., site.Gunicorn]]:
    """Starts the portal as processes on the test's database: `gunicorn(workers=2, redis_url=redis_url)`."""
    made: list[site.Gunicorn] = []

    def start(**changes: object) -> site.Gunicorn:
        made.append(site.Gunicorn(database_url=database, **changes))  # type: ignore[arg-type]
        return made[-1]

    yield start
    for server in made:
        server.stop()


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The URL of a real Redis that the run's workers share."""
    return services.redis()


@pytest.fixture
def new_mailbox() -> Iterator[Callable[..., Mailbox]]:
    """Starts mail servers: `new_mailbox(silent=True)`."""
    made: list[Mailbox] = []

    def start(**changes: object) -> Mailbox:
        made.append(Mailbox(**changes))  # type: ignore[arg-type]
        return made[-1]

    yield start
    for mailbox in made:
        mailbox.stop()


@pytest.fixture
def mailbox(new_mailbox: Callable[..., Mailbox]) -> Mailbox:
    """A mail server that takes everything."""
    return new_mailbox()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with browsers.chromium() as browser:
        yield browser


@pytest.fixture
def new_page(browser: Browser) -> Iterator[browsers.Pages]:
    """Opens pages in fresh profiles: `new_page(narrow=True, dark=True, scripts=False)`; no script may complain."""
    pages = browsers.Pages(browser)
    yield pages
    pages.close()
    assert pages.complaints == []


@pytest.fixture
def page(new_page: browsers.Pages) -> Page:
    """A page of Chromium, 1280 px wide, light."""
    return new_page()


@pytest.fixture(scope="session")
def simplesamlphp_server() -> Iterator[SimpleSamlPhp]:
    """The worker's SimpleSAMLphp."""
    server = SimpleSamlPhp(services.run_directory())
    yield server
    server.stop()


@pytest.fixture
def simplesamlphp(simplesamlphp_server: SimpleSamlPhp) -> SimpleSamlPhp:
    """A real SAML identity provider of other people's making, which trusts no service provider yet."""
    simplesamlphp_server.forget()
    return simplesamlphp_server
