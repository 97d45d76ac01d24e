"""The portal under test: as an application in this process, behind a real socket, or as processes of gunicorn."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import httpx
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from portal import create_app
from portal.config import Settings
from portal.extensions import db, limiter
from tests.support import leaks, services
from tests.support.http import browserless
from tests.support.processes import Program, children, free_port
from tests.support.serving import Serving
from tests.support.settings import environment, settings

ROOT = Path(__file__).resolve().parent.parent.parent


class HostClient(FlaskClient):
    """Flask's test client at one of the portal's hosts: a path alone is a path of that host."""

    host_url = ""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """As Flask's, with the host that the client stands at."""
        if self.host_url and args and isinstance(args[0], str):
            kwargs.setdefault("base_url", self.host_url)
        return super().open(*args, **kwargs)


def client(app: Flask, subdomain: str = "") -> HostClient:
    """A test client at `subdomain` of the application, or at the bare domain; it keeps cookies as a browser does."""
    made = HostClient(app, app.response_class, use_cookies=True)
    made.host_url = app.config["SETTINGS"].url(subdomain)
    return made


def make(**changes: object) -> Flask:
    """An application with the tests' settings, apart from `changes`."""
    app = create_app(settings(**changes))
    app.config["TESTING"] = True
    return leaks.watch(app)


def refresh(app: Flask) -> None:
    """Forgets what an application remembers outside its database: rate limits."""
    with app.app_context():
        limiter.reset()


def dispose(app: Flask) -> None:
    """Ends the application's mailer and closes its connections to the database."""
    app.extensions["portal-mailer"].stop()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


class LiveServer:
    """An application behind a real socket, served by threads of this process."""

    def __init__(self, **changes: object) -> None:
        self.port = free_port()
        self.app = make(base_url=f"http://portal.localhost:{self.port}", **changes)
        self._serving = Serving(make_server("127.0.0.1", self.port, self.app, threaded=True))

    @property
    def settings(self) -> Settings:
        """The settings it runs with."""
        return self.app.config["SETTINGS"]

    def url(self, subdomain: str = "", path: str = "/") -> str:
        """The absolute URL of `path` at a subdomain."""
        return self.settings.url(subdomain, path)

    def stop(self) -> None:
        """Stops serving and closes its connections."""
        self._serving.stop()
        dispose(self.app)


class Gunicorn:
    """The portal as an operator runs it: `gunicorn wsgi:app` in processes of its own."""

    def __init__(
        self, *, workers: int = 2, threads: int = 4, port: int | None = None, log: Path | None = None, base_url: str = "", **changes: object
    ) -> None:
        self.port = port or free_port()
        self.settings = settings(base_url=base_url or f"http://portal.localhost:{self.port}", **changes)
        command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{self.port}"]
        self._program = Program(
            [*command, "--workers", str(workers), "--threads", str(threads)],
            log or services.run_directory() / f"gunicorn-{self.port}.log",
            env=environment(base_url=self.settings.base_url, **changes),
            cwd=ROOT,
        )
        self._program.wait_until(self._answers)

    @property
    def log(self) -> Path:
        """The file that its standard error goes to."""
        return self._program.log

    @property
    def master(self) -> int:
        """The process id of the one that keeps the workers."""
        return children(self._program.pid)[0]

    @property
    def workers(self) -> list[int]:
        """The process ids of those that answer."""
        return children(self.master)

    def url(self, subdomain: str = "", path: str = "/") -> str:
        """The absolute URL of `path` at a subdomain."""
        return self.settings.url(subdomain, path)

    def kill(self) -> None:
        """Ends every process at once, as a power cut would."""
        self._program.kill()

    def stop(self) -> None:
        """Ends it as its operator would."""
        self._program.stop()
        leaks.read_log(self._program.log)

    def wait_for_end(self) -> None:
        """Waits until its master is gone."""
        self._program.wait_for_end()

    def _answers(self) -> bool:
        try:
            with browserless(timeout=2) as http:
                there = f"http://127.0.0.1:{self.port}/healthz"
                return http.get(there, headers={"Host": self.settings.base_domain}).status_code == 200
        except httpx.TransportError:
            return False
