"""Returning commits, raising rolls back: one transaction a request, and what must survive a refusal after it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, g
from sqlalchemy.exc import SQLAlchemyError

from portal.extensions import db, look_up, looking_up, read_only, writable
from portal.web.outages import is_outage
from portal.web.proxies import the_g, the_request

SAFE = ("GET", "HEAD", "OPTIONS")


def init_app(app: Flask) -> None:
    """Begins each request reading or writing by its method, and ends it by its status."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_discard)


def after_refusal(write: Callable[[], None]) -> None:
    """Lets `write` add rows in a transaction of its own after this request was refused and rolled back."""
    g.setdefault("after_refusal", []).append(write)


def after_success(write: Callable[[], None]) -> None:
    """Lets `write` change rows in a transaction of its own after this request succeeded; what it cannot do now is left for another time."""
    g.setdefault("after_success", []).append(write)


def commit_anyway() -> None:
    """Commits although the answer is not a success: for counters of failures that must stay."""
    g.commit_anyway = True


def commit() -> None:
    """Ends a request's writing before its answer is put together, which only looks things up from here on."""
    db.session.commit()
    look_up()


def _begin() -> None:
    _discard(None)
    if the_request().method in SAFE:
        read_only()
    else:
        writable()


def _end(response: Response) -> Response:
    kept = the_g()
    if response.status_code < 400 or kept.pop("commit_anyway", False):
        if not looking_up():
            db.session.commit()
        _carry_out(kept.pop("after_success", []))
        return response
    db.session.rollback()
    writes: list[Callable[[], None]] = kept.pop("after_refusal", [])
    if writes:
        writable()
        for write in writes:
            write()
        db.session.commit()
    return response


def _carry_out(writes: list[Callable[[], None]]) -> None:
    if not writes:
        return
    try:
        writable()
        for write in writes:
            write()
        db.session.commit()
    except SQLAlchemyError as error:
        if not is_outage(error):
            raise
        db.session.rollback()


def _discard(_error: BaseException | None) -> None:
    """Ends what is left of the request; whatever its thread does next may write."""
    if db.session.registry.has():
        session = db.session()
        if looking_up() and not session.identity_map and not session.new:
            # Nothing was loaded that a rollback would have to expire; without a transaction there is nothing to close, either.
            if session.in_transaction():
                session.close()
            db.session.registry.clear()
        else:
            session.rollback()
    if looking_up():
        writable()
