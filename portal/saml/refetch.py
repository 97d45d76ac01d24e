"""Reading a connection's metadata again when its signatures stop fitting: once, and not again for a while."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import or_, update

from portal.config import Settings
from portal.domain import sso
from portal.domain.context import Context
from portal.domain.errors import Invalid
from portal.models import Connection
from portal.saml import metadata
from portal.web.outbound import CannotFetchError, fetch

PAUSE = timedelta(minutes=10)
log = structlog.get_logger()


def renewed(ctx: Context, connection: Connection, settings: Settings) -> bool:
    """Whether the metadata has new certificates, which are taken over; False too where it cannot be asked just now.

    Only metadata over https is trusted without an admin looking. No transaction stays open while it is fetched.
    """
    url = connection.metadata_url or ""
    if not url.startswith("https://") and not (url and settings.allow_private_network):
        return False
    if not _claim(ctx, connection):
        return False
    before = list(connection.certificates)
    ctx.session.commit()
    try:
        provider = metadata.read(fetch(url, allow_private=settings.allow_private_network), ctx.now)
        sso.refresh(ctx, connection, provider)
    except (CannotFetchError, Invalid) as error:
        log.warning("metadata-not-renewed", connection=connection.id, error=str(error))
        return False
    return list(connection.certificates) != before


def _claim(ctx: Context, connection: Connection) -> bool:
    """Takes the turn to ask; one process in ten minutes gets it."""
    due = or_(Connection.refetched_at.is_(None), Connection.refetched_at < ctx.now - PAUSE)
    statement = update(Connection).where(Connection.id == connection.id, due)
    return ctx.session.execute(statement.values(refetched_at=ctx.now)).rowcount == 1  # type: ignore[attr-defined, no-any-return]
