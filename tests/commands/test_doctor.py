"""`portal doctor` says what is wrong, and nothing of a healthy portal."""

from __future__ import annotations

import socket

import pytest
from cryptography.fernet import Fernet

from portal import smtp
from portal.commands import checks
from portal.domain import keys
from portal.extensions import db
from portal.models import Workspace
from tests import factories
from tests.support import databases
from tests.support.processes import free_port


def test_a_healthy_portal_is_healthy_to_the_ground(portal, app, cast):
    said = portal("doctor", "--deep")
    assert "wrong" not in said
    assert len(said.splitlines()) == len(checks.CHECKS) + 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"secret_key": "x"}, "PORTAL_SECRET_KEY: String should have at least 32 characters"),
        ({"encryption_keys": "x" * 50}, "PORTAL_ENCRYPTION_KEYS: each key must be a Fernet key"),
        ({"profile": "/nowhere.toml"}, "/nowhere.toml"),
        ({"trusted_proxies": "11"}, "PORTAL_TRUSTED_PROXIES: give how many proxies there are"),
        ({"trusted_proxies": "-1"}, "PORTAL_TRUSTED_PROXIES: give how many proxies there are"),
        ({"trusted_proxies": "proxy.example"}, "PORTAL_TRUSTED_PROXIES: give how many proxies there are"),
        ({"trusted_proxies": "10.0.0.5/8"}, "PORTAL_TRUSTED_PROXIES: give how many proxies there are"),
        ({"database_url": "mysql://root:secret@127.0.0.1/portal"}, "PORTAL_DATABASE_URL: give postgresql://"),
        ({"database_url": "postgresql+psycopg2://127.0.0.1/portal"}, "PORTAL_DATABASE_URL: give postgresql://"),
        ({"database_url": "postgresql://127.0.0.1:port/portal"}, "PORTAL_DATABASE_URL: give postgresql://"),
        ({"database_url": "portal.sqlite3"}, "PORTAL_DATABASE_URL: give postgresql://"),
        ({"redis_url": "127.0.0.1:6379"}, "PORTAL_REDIS_URL: give redis://"),
        ({"redis_url": "memcached://127.0.0.1"}, "PORTAL_REDIS_URL: give redis://"),
        ({"redis_url": "redis://127.0.0.1:port"}, "PORTAL_REDIS_URL: "),
    ],
)
def test_settings_that_do_not_start(portal_on, changes, sentence):
    said = portal_on("")("doctor", ok=False, given=changes)
    assert sentence in said
    assert "secret@" not in said


def test_a_setting_left_empty_is_left_out(portal_of_one):
    portal = portal_of_one
    empty = dict.fromkeys(("base_url", "profile", "redis_url", "trusted_proxies", "smtp_url", "slow_query_ms"), "")
    assert "wrong" not in portal("doctor", given=empty)
    assert "PORTAL_SECRET_KEY: is not set" in portal("doctor", ok=False, given={"secret_key": ""})


def test_a_database_in_a_directory_that_is_not_there(portal_on, tmp_path):
    said = portal_on(f"sqlite:///{tmp_path / 'gone' / 'portal.sqlite3'}")("doctor", ok=False)
    assert "the database does not answer: unable to open database file" in said
    assert f"wrong  disk\n         {tmp_path / 'gone'} cannot be looked at: No such file or directory" in said
    assert "fine   clock" in said


@pytest.fixture
def portal_of_one(portal_on, worker_id):
    """`portal` on a SQLite that is as it should be: where the kind of database makes no difference."""
    return portal_on(databases.create("sqlite", f"doctor_{worker_id}"))


def test_settings_that_start_and_should_not(portal_of_one):
    portal = portal_of_one
    said = portal("doctor", ok=False, base_url="http://portal.example.com")
    assert "PORTAL_BASE_URL is http" in said
    assert "PORTAL_ALLOW_PRIVATE_NETWORK is on" in said
    assert "PORTAL_TRUSTED_PROXIES is 0" in portal("doctor", ok=False, base_url="https://portal.example.com")
    fine = portal("doctor", base_url="https://portal.example.com", trusted_proxies=1, allow_private_network=False)
    assert "wrong" not in fine
    fine = portal("doctor", base_url="https://portal.example.com", trusted_proxies="127.0.0.1", allow_private_network=False)
    assert "wrong" not in fine


def test_what_is_away_is_named_with_its_consequence(portal_of_one):
    port = free_port()
    said = portal_of_one("doctor", ok=False, redis_url=f"redis://127.0.0.1:{port}/0", smtp_url=f"smtp://127.0.0.1:{port}")
    assert "wrong  redis\n         Redis does not answer" in said
    assert "wrong  mail\n         the mail server of PORTAL_SMTP_URL does not take us" in said
    assert said.count("wrong") == 2


def test_a_mail_server_that_says_nothing_is_given_up(portal_of_one, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(smtp, "SECONDS", 0.2)
        said = portal_of_one("doctor", ok=False, smtp_url=f"smtp://127.0.0.1:{silent.getsockname()[1]}")
    assert "the mail server of PORTAL_SMTP_URL does not take us: the mail server does not answer" in said


def test_a_key_that_is_gone_a_full_disk_a_counter_that_lies(portal, app, cast, monkeypatch):
    with factories.inside(app, "acme") as ctx:
        keys.ensure(ctx, app.config["VAULT"])
        db.session.get_one(Workspace, ctx.workspace.id).seats_used += 1
    monkeypatch.setattr(checks, "ENOUGH", 2**62)
    said = portal("doctor", "--deep", ok=False, encryption_keys=Fernet.generate_key().decode())
    assert "opens the SAML key of workspace" in said
    assert "writes stop when it is full" in said
    assert "acme: 4 seats count as used, but 3 active members have a paid role" in said
    assert said.count("wrong") == 3
    monkeypatch.undo()
    assert "acme: was: 4 seats count as used" in portal("repair")
    assert "1 workspace looked at." in portal("repair", "acme")
    assert "wrong" not in portal("doctor", "--deep")


@pytest.mark.parametrize("kind", databases.KINDS)
def test_a_database_without_schema_says_what_to_run(portal_on, kind):
    said = portal_on(databases.create_unmigrated(kind, "empty"))("doctor", ok=False)
    assert "the schema is at nothing, the code needs" in said
    assert "run portal db upgrade" in said


def test_a_database_that_is_away(portal_on):
    said = portal_on("postgresql://portal@127.0.0.1:9/portal")("doctor", ok=False)
    assert "wrong  database\n         the database does not answer: connection" in said
    assert "fine   settings" in said
