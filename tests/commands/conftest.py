"""The operator's command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from portal import cli
from tests.support.settings import environment


@pytest.fixture
def portal_on(monkeypatch, capsys) -> Callable[[str], Callable[..., str]]:
    """`portal` on the database of a URL; see the fixture `portal`."""

    def on(url: str) -> Callable[..., str]:
        def run(*arguments: str, ok: bool = True, whole: bool = False, given: dict[str, str] | None = None, **changes: object) -> str:
            values = {name.removeprefix("PORTAL_").lower(): value for name, value in environment(database_url=url, **changes).items()}
            for name, value in {**values, **(given or {})}.items():
                monkeypatch.setenv(f"PORTAL_{name.upper()}", value)
            if values.get("redis_url"):  # the limiter is one for the process and would stay with it
                return _apart(arguments, ok=ok)
            monkeypatch.setattr(sys, "argv", ["portal", *arguments])
            status: str | int | None = 0
            try:
                cli.main()
            except SystemExit as stop:
                status = stop.code
            said = capsys.readouterr()
            assert (status in (0, None)) is ok, said.out + said.err
            return said.out if ok and not whole else said.err + said.out

        return run

    return on


def _apart(arguments: tuple[str, ...], *, ok: bool) -> str:
    done = subprocess.run([Path(sys.executable).with_name("portal"), *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is ok, done.stdout + done.stderr
    return done.stdout if ok else done.stderr + done.stdout


@pytest.fixture
def portal(portal_on, database) -> Callable[..., str]:
    """Runs `portal` with these arguments, in this process, and returns what it says: also on standard error when it is to fail.

    Further arguments are settings; `given` holds those that settings would refuse; `whole` adds standard error to what it says.
    """
    return portal_on(database)
