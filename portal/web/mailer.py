"""Sends what the outbox holds: a thread of this process, woken when a request that wrote mail was committed.

No request waits for a mail server. What fails is tried again by the thread, and by `portal notify`, whatever became of this process.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import Flask, Response, current_app
from sqlalchemy.exc import SQLAlchemyError

from portal import smtp
from portal.domain import outbox
from portal.extensions import db, read_only, writable
from portal.models import OutgoingMail, Workspace
from portal.smtp import NotSentError, Server
from portal.vault import UndecryptableError
from portal.web.letters import UnsendableError, letter
from portal.web.tenancy import now

log = structlog.get_logger()
LONGEST_WAIT = timedelta(minutes=5)
"""How long the thread sleeps at most while mail waits."""


@dataclass
class Done:
    """What became of the mails whose turn it was: how many went out, and why others did not."""

    sent: int = 0
    failures: list[str] = field(default_factory=list)


def init_app(app: Flask) -> None:
    """Wakes the mailer after a request; must stand before the transactions, so that it runs after their commit."""
    app.extensions["portal-mailer"] = Mailer(app)
    app.after_request(_wake)


def is_on() -> bool:
    """Whether mail is sent at all; otherwise pages show links to hand over."""
    return current_app.config["SETTINGS"].mail_server is not None


def _wake(response: Response) -> Response:
    if db.session().info.pop("mail", False):
        current_app.extensions["portal-mailer"].wake()
    return response


class Mailer:
    """One for each application; its thread starts with the first mail."""

    def __init__(self, app: Flask) -> None:
        self._app, self._server = app, app.config["SETTINGS"].mail_server
        self._bell, self._lock, self._ended = threading.Event(), threading.Lock(), False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Lets the thread look at the outbox; returns at once."""
        if self._server is None:
            return
        with self._lock:
            if self._thread is None:
                atexit.register(self.stop)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="mailer", daemon=True)
                self._thread.start()
        self._bell.set()

    def stop(self) -> None:
        """Ends the thread after the mail under way."""
        self._ended = True
        self._bell.set()
        if self._thread is not None:
            self._thread.join(smtp.SECONDS)

    def deliver(self) -> Done:
        """Sends all mails whose turn it is, in the caller's thread and application context; while the server is away none knocks twice."""
        done, away = Done(), ""
        while self._server is not None and not self._ended and (ids := _look(lambda: outbox.due(db.session(), now()))):
            for mail_id in ids:
                mail = outbox.claim(db.session(), mail_id, now())
                db.session.commit()
                if mail is None:
                    continue
                try:
                    _send(self._server, mail, away)
                    done.sent += 1
                except NotSentError as error:
                    _failed(mail, error)
                    done.failures.append(str(error))
                    away = str(error) if error.away else away
        return done

    def _run(self) -> None:
        while not self._ended:
            self._bell.clear()
            try:
                with self._app.app_context():
                    self.deliver()
                    moment = _look(lambda: outbox.next_due(db.session()))
                wait = _seconds_until(moment)
            except SQLAlchemyError as error:
                log.error("mail-database", error=type(error).__name__)
                wait = LONGEST_WAIT.total_seconds()
            self._bell.wait(wait)


def _send(server: Server, mail: OutgoingMail, away: str) -> None:
    if away:
        raise NotSentError(away, away=True)
    try:
        message = letter(mail, db.session.get_one(Workspace, mail.workspace_id), server)
    except UnsendableError as error:
        raise NotSentError(str(error), final=True) from None
    except UndecryptableError as error:
        raise NotSentError(str(error)) from None
    finally:
        db.session.commit()
    smtp.send(server, message, mail.recipient)
    outbox.sent(db.session(), mail, now())
    db.session.commit()
    log.info("mail-sent", mail=mail.id, kind=mail.kind, attempt=mail.attempts)


def _failed(mail: OutgoingMail, error: NotSentError) -> None:
    outbox.failed(db.session(), mail, now(), str(error), final=error.final)
    db.session.commit()
    log.warning("mail-failed", mail=mail.id, kind=mail.kind, attempt=mail.attempts, final=error.final, reason=str(error))


def _look(query: Callable[[], Any]) -> Any:
    """What a query finds, in a transaction of its own that holds up no writer."""
    read_only()
    try:
        return query()
    finally:
        writable()


def _seconds_until(moment: datetime | None) -> float | None:
    """Seconds until then, without end for None."""
    return None if moment is None else min(max(1.0, (moment - now()).total_seconds()), LONGEST_WAIT.total_seconds())
