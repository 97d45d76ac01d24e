"""Runs the programs that tests need beside them, and makes sure that none outlives the tests."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.support.parts import Missing

_KEEPER = Path(__file__).with_name("keeper.py")


class NotStarted(Exception):
    """A program ended or did not answer in time; the message carries the end of what it printed."""


def free_port() -> int:
    """A TCP port of the loopback address that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether something accepts connections on the port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def until(true: Callable[[], object], seconds: float = 20, what: str = "the condition") -> None:
    """Polls until `true()` is; raises TimeoutError naming `what`."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come true within {seconds:g} s")
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    """The process ids of a process's children, the oldest first."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def unprivileged() -> str:
    """Who PostgreSQL runs as, which refuses root: an account without rights, or `-` when nobody is root here."""
    if os.geteuid() != 0:
        return "-"
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return name
    raise Missing("neither the account postgres nor nobody exists, and PostgreSQL does not run as root")


class Program:
    """One running program; its output goes to `log`. It ends with the process `serves`, this one unless named."""

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str = "-",
        stop_by: signal.Signals = signal.SIGTERM,
        serves: int | None = None,
    ) -> None:
        self.log = log
        keeper = [sys.executable, "-S", _KEEPER, serves or os.getpid(), int(stop_by), user]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(part) for part in (*keeper, *command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The keeper's process id, which is also the id of the whole process group."""
        return self._process.pid

    def wait_until(self, ready: Callable[[], object], seconds: float = 120) -> None:
        """Waits for `ready()`; raises NotStarted when the program ends first or takes longer, and ends it then."""
        try:
            until(lambda: self._process.poll() is not None or ready(), seconds)
        except TimeoutError as error:
            self.kill()
            raise NotStarted(self._last_words()) from error
        if self._process.poll() is not None:
            raise NotStarted(self._last_words())

    def stop(self, seconds: float = 15) -> None:
        """Ends it as its operator would; by force when it takes longer than `seconds`."""
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def wait_for_end(self, seconds: float = 30) -> None:
        """Waits until the program ended by itself."""
        self._process.wait(seconds)

    def leave_running(self) -> None:
        """Lets it run on when this object goes: whoever ends the run ends it, with `end_by_pid`."""
        self._process.returncode = 0  # else Popen warns of a child that still runs

    def kill(self) -> None:
        """Ends the program and its children at once, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def _last_words(self) -> str:
        return f"{self._process.args!r}\n{self.log.read_text(errors='replace')[-2000:]}"


def end_by_pid(pid: int, seconds: float = 15) -> None:
    """Ends a keeper that another process started, and waits until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        until(lambda: gone(pid), seconds, f"the end of process {pid}")


def gone(pid: int) -> bool:
    """Whether no process has this id any more."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
