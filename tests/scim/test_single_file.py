"""A process works on one short SCIM request at a time, and a slow one holds up nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from werkzeug.test import run_wsgi_app

from portal.scim.single_file import SingleFile


def ask(app: Callable[..., Iterable[bytes]], path: str) -> threading.Thread:
    thread = threading.Thread(daemon=True, target=lambda: app({"PATH_INFO": path}, lambda *_: None))
    thread.start()
    return thread


def test_requests_that_come_together_are_answered_one_after_the_other() -> None:
    inside, most = [0], [0]

    def app(_environ: Any, _start: Any) -> list[bytes]:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.001)
        inside[0] -= 1
        return []

    together = SingleFile(app, patience=10)
    for thread in [ask(together, "/scim/v2/Users") for _ in range(8)]:
        thread.join()
    assert most == [1]


def test_a_request_that_waits_for_its_client_is_passed_by() -> None:
    go_on, answered = threading.Event(), []

    def app(environ: Any, _start: Any) -> list[bytes]:
        if environ["PATH_INFO"].endswith("slow"):
            assert go_on.wait(10)
        answered.append(environ["PATH_INFO"])
        return []

    single = SingleFile(app)
    slow = ask(single, "/scim/v2/slow")
    for number in range(3):
        ask(single, f"/scim/v2/{number}").join(5)
    assert answered == ["/scim/v2/0", "/scim/v2/1", "/scim/v2/2"]
    go_on.set()
    slow.join(5)
    assert answered[-1] == "/scim/v2/slow"


def test_nobody_else_can_be_first_in_a_new_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def app(_environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [])
        return []

    single = SingleFile(app, patience=0)
    single._place.acquire()
    begun: list[bool] = []

    class Line:
        def __init__(self) -> None:
            self._lock = lock()

        def acquire(self) -> bool:
            begun.append(id(single._place) != id(self))
            return self._lock.acquire()

        def release(self) -> None:
            self._lock.release()

    lock = threading.Lock
    monkeypatch.setattr(threading, "Lock", Line)
    run_wsgi_app(single, {"PATH_INFO": "/scim/v2/Users"})
    assert begun == [True]


def test_only_scim_stands_in_line() -> None:
    met = threading.Barrier(2, timeout=5)
    both = SingleFile(lambda _environ, _start: [str(met.wait()).encode()], patience=10)
    for thread in [ask(both, "/scim/v2/Users"), ask(both, "/members")]:
        thread.join(5)
    assert not met.broken


def test_a_failure_leaves_the_line() -> None:
    answered = []

    def app(environ: Any, _start: Any) -> list[bytes]:
        if environ["PATH_INFO"].endswith("bad"):
            raise RuntimeError
        answered.append(environ["PATH_INFO"])
        return []

    single = SingleFile(app, patience=60)
    with pytest.raises(RuntimeError):
        run_wsgi_app(single, {"PATH_INFO": "/scim/v2/bad"})
    ask(single, "/scim/v2/good").join(5)
    assert answered == ["/scim/v2/good"]
