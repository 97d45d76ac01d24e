"""What a process does once before it serves: it looks whether the profile has changed under the members."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from portal.domain import retired, seats
from portal.extensions import db
from portal.web.logs import log
from portal.web.outages import reason


def look_around(app: Flask) -> None:
    """Counts seats anew where other roles use them now, and logs what members have and the profile lacks; never keeps from starting."""
    profile = app.config["PROFILE"]
    with app.app_context():
        try:
            for slug in seats.recount(db.session(), profile):
                log.warning("seats counted anew", workspace=slug, why="the profile changed which roles use one")
            for slug, found in retired.everywhere(db.session(), profile):
                log.warning("profile changed", workspace=slug, notice=retired.sentence(slug, found))
            for slug, notice in retired.plans(db.session(), profile):
                log.warning("profile changed", workspace=slug, notice=notice)
        except SQLAlchemyError as error:
            log.warning("profile not compared with members", why=reason(error))
        finally:
            db.session.remove()
            db.engine.dispose()
