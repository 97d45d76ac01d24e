"""Cursors of RFC 9865: where a page ended, encrypted, so that nobody can read or make one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from portal.domain.context import Context
from portal.scim.errors import ScimError
from portal.vault import UndecryptableError, Vault

LIFE = timedelta(hours=1)
_LONGEST = 8192


class InvalidCursor(ScimError):
    """A cursor that was not given out for this request."""

    scim_type = "invalidCursor"


class ExpiredCursor(ScimError):
    """A cursor that was given out too long ago."""

    scim_type = "expiredCursor"


class InvalidCount(ScimError):
    """A count that no page can have."""

    scim_type = "invalidCount"


@dataclass(frozen=True)
class Place:
    """The keys and `seq` of a row, and whether the page lies before or behind it."""

    position: tuple[Any, ...]
    backwards: bool = False


class Cursors:
    """Makes and opens the cursors of one list: they fit only this workspace and this `query`."""

    def __init__(self, vault: Vault, ctx: Context, query: str) -> None:
        self._vault, self._now = vault, int(ctx.now.timestamp())
        self._list = hashlib.sha256(f"{ctx.workspace.id}\n{query}".encode()).hexdigest()

    def make(self, place: Place) -> str:
        """The cursor for a place: letters, digits, `-` and `_`."""
        values = [_written(value) for value in place.position]
        return self._vault.encrypt(json.dumps([self._list, self._now, place.backwards, values]).encode()).rstrip("=")

    def open(self, cursor: str) -> Place:
        """The place of a cursor; raises InvalidCursor or ExpiredCursor."""
        try:
            clear = self._vault.decrypt(cursor[:_LONGEST] + "=" * (-len(cursor) % 4))
        except UndecryptableError:
            raise InvalidCursor("The cursor is not one that was given out here. Begin again with an empty cursor.") from None
        fits, given, backwards, values = json.loads(clear)
        if fits != self._list:
            raise InvalidCursor("The cursor belongs to another request: filter, sortBy, sortOrder and address stay the same between pages.")
        if self._now - given > LIFE.total_seconds():
            minutes = int(LIFE.total_seconds()) // 60
            raise ExpiredCursor(
                f"The cursor has expired: ask for the next page within {minutes} minutes. Begin again with an empty cursor."
            )
        return Place(tuple(map(_read, values)), backwards)


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    return float(value) if isinstance(value, Decimal) else value


def _read(value: Any) -> Any:
    return datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value
