"""Limits on guesses, per address and per subject, with a page in words; shared through Redis, and each process's own while it is away."""

from __future__ import annotations

import os
import re
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from limits import parse
from limits.storage import RedisStorage

from portal.domain import links
from portal.limiting import Steady
from portal.models import Member
from portal.vault import new_secret
from tests import factories
from tests.support import services
from tests.support.processes import children, until
from tests.support.site import HostClient

pytestmark = pytest.mark.one_database


def csrf(client: HostClient, path: str) -> dict[str, str]:
    return {"csrf_token": re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)[0]}


def limited(answer) -> None:
    """A page in words with a whole number of seconds."""
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert "Too many attempts" in answer.text
    assert "Wait a minute, then try again." in answer.text


@pytest.fixture
def quick_hashes(monkeypatch):
    """Passwords are compared in clear: hashing would take the time."""
    monkeypatch.setattr("portal.domain.sign_in.verify_password", lambda stored, typed: stored is not None and typed == factories.PASSWORD)


@pytest.mark.usefixtures("quick_hashes")
def test_an_account_is_guessed_at_ten_times_a_minute(app, cast, client):
    browser = client("acme")
    token = csrf(browser, "/sign-in")
    for login in (cast.ada.user_name, "nobody@acme.example"):
        spellings = [login, login.upper(), f" {login} "] * 4
        answers = [browser.post("/sign-in", data={**token, "email": typed, "password": "x"}) for typed in spellings]
        assert [answer.status_code for answer in answers[:10]] == [422] * 10
        limited(answers[10])
    # Neither the account beside it nor the same address in another workspace waits for that.
    fields = {**token, "email": cast.grace.user_name, "password": factories.PASSWORD}
    assert browser.post("/sign-in", data=fields).status_code == 303
    other = client("globex")
    wrong = {**csrf(other, "/sign-in"), "email": cast.ada.user_name, "password": "x"}
    assert other.post("/sign-in", data=wrong).status_code == 422


@pytest.mark.usefixtures("quick_hashes")
def test_an_address_guesses_thirty_times_a_minute(app, cast, client):
    """Whichever accounts it tries; another address goes on."""
    browser = client("acme")
    token = csrf(browser, "/sign-in")
    statuses = [browser.post("/sign-in", data={**token, "email": f"{n}@acme.example", "password": "x"}).status_code for n in range(31)]
    assert statuses == [422] * 30 + [429]
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    answer = browser.post("/sign-in", data={**token, "email": "x@acme.example", "password": "x"}, environ_overrides=elsewhere)
    assert answer.status_code == 422


@pytest.mark.usefixtures("quick_hashes")
def test_who_is_right_is_not_held_up_until_it_is_a_flood(app, cast, client):
    def sign_in(name: str, password: str = factories.PASSWORD) -> int:
        browser = client("acme")
        fields = {**csrf(browser, "/sign-in"), "email": name, "password": password}
        return browser.post("/sign-in", data=fields).status_code

    ada, grace = cast.ada.user_name, cast.grace.user_name
    assert [sign_in(ada) for _ in range(40)] == [303] * 40
    assert [sign_in(ada, "x") for _ in range(9)] == [422] * 9
    assert [sign_in(ada) for _ in range(11)] == [303] * 11
    # Guesses under way at the same moment all pass the limits on wrong ones; limits on whatever comes hold them up: by account,
    assert sign_in(ada) == 429
    assert [sign_in(grace) for _ in range(39)] == [303] * 39
    assert [sign_in(f"{n}@acme.example") for n in range(20)] == [422] * 20
    # and by address.
    assert [sign_in(grace) for _ in range(2)][-1] == 429


def test_an_office_behind_one_address_finds_its_workspace_and_opens_its_links(app, cast, client):
    with factories.inside(app, "acme") as ctx:
        secret = links.make(ctx, ctx.session.get_one(Member, cast.ada.id), "invitation")
    assert {client("acme").get(f"/set-password/{secret}").status_code for _ in range(40)} == {200}
    bare = client()
    token = csrf(bare, "/workspaces")
    assert {bare.post("/workspaces", data={**token, "workspace": "acme"}).status_code for _ in range(40)} == {303}


def test_links_and_the_finder_are_tried_thirty_times_a_minute(app, cast, client):
    for path in (f"/set-password/{new_secret('wpl')}", f"/recover/{new_secret('wpl')}"):
        answers = [client("acme").get(path) for _ in range(31)]
        assert {answer.status_code for answer in answers[:30]} == {410}
        limited(answers[30])
    bare = client()
    token = csrf(bare, "/workspaces")
    answers = [bare.post("/workspaces", data={**token, "workspace": f"guess{n}"}) for n in range(31)]
    assert {answer.status_code for answer in answers[:30]} == {422}
    limited(answers[30])


def test_processes_share_limits_through_redis_and_go_on_without_it(app, cast, client, gunicorn, tmp_path):
    (tmp_path / "redis").mkdir()
    redis, url = services.start_redis(tmp_path / "redis")
    try:
        server = gunicorn(workers=2, threads=4, redis_url=url)
        browser = client()
        token = csrf(browser, "/workspaces")
        state = browser.get_cookie("portal-state", domain="portal.localhost")
        headers = {"Host": f"portal.localhost:{server.port}", "Cookie": f"portal-state={state.value}"}

        def guess(number: int) -> int:
            fields = {**token, "workspace": f"guess{number}"}
            return httpx.post(f"http://127.0.0.1:{server.port}/workspaces", data=fields, headers=headers, timeout=30).status_code

        with ThreadPoolExecutor(8) as pool:
            shared = list(pool.map(guess, range(45)))
            # Those under way at the same moment, eight at most, all pass.
            assert set(shared) == {422, 429}
            assert 30 <= shared.count(422) < 38
            # Redis hangs: every thread of each process waits for it, and finds at the same moment that it does not answer.
            os.kill(children(redis.pid)[0], signal.SIGSTOP)
            # Each process counts for itself now: it answers, and still holds guessing up.
            alone = list(pool.map(guess, range(75)))
            assert set(alone) == {422, 429}
            assert 30 <= alone.count(422) < 68
    finally:
        redis.kill()


def test_no_thread_fails_when_redis_goes_and_all_count_there_again_when_it_is_back(monkeypatch, tmp_path):
    """Each thread asks over and over whatever may be asked, while Redis dies, is away, and comes back."""
    monkeypatch.setattr("portal.limiting.PAUSE", 0.05)
    redis, url = services.start_redis(tmp_path)
    steady = Steady(RedisStorage(url, socket_timeout=1))
    few, many = parse("3 per minute"), parse("1000 per minute")
    assert [steady.hit(few, "shared") for _ in range(4)] == [True, True, True, False]
    over = threading.Event()

    def ask(name: str) -> int:
        asked = 0
        while not over.wait(0.001):
            steady.hit(few, name)
            steady.test(few, name)
            asked += steady.get_window_stats(few, name).remaining < 3
        return asked

    with ThreadPoolExecutor(12) as pool:
        threads = [pool.submit(ask, f"thread {number}") for number in range(12)]
        try:
            redis.kill()
            until(lambda: steady.hit(few, "shared"), what="counting in memory")
            redis, _ = services.start_redis(tmp_path, port=int(url.rsplit(":", 1)[1].partition("/")[0]))
            there = Steady(RedisStorage(url))
            until(lambda: steady.hit(many, "again") and there.get_window_stats(many, "again").remaining < 1000, what="counting in Redis")
        finally:
            over.set()
        assert all(thread.result() for thread in threads)
    redis.kill()
