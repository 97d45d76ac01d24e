"""The parameters of a list's statement: what differs from request to request, while the statement stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Float, String, Text, bindparam

from portal.domain import search
from portal.domain.texts import fold
from portal.models.base import UtcDateTime

Value = str | int | float | datetime

WORKSPACE: ColumnElement[str] = bindparam("workspace_id", type_=String())
BASE: ColumnElement[str] = bindparam("base", type_=Text())
"""What resources' addresses begin with."""

_MILLISECOND = timedelta(milliseconds=1)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Given:
    """Stands for a value of this type that a filter compares with, `number` among all of them; a blank text has nothing to look up."""

    type: type[Value]
    number: int
    blank: bool = False

    @classmethod
    def of(cls, value: Value, number: int) -> Given:
        """What stands for this value."""
        return cls(type(value), number, isinstance(value, str) and not value.strip())

    def text(self) -> ColumnElement[str]:
        """The text as it was written."""
        return bindparam(f"text_{self.number}", type_=Text())

    def folded(self) -> ColumnElement[str]:
        """The text, folded."""
        return bindparam(f"folded_{self.number}", type_=Text())

    def beginning(self) -> ColumnElement[str]:
        """What the terms begin with by which the text is looked up."""
        return bindparam(f"beginning_{self.number}", type_=Text())

    def amount(self) -> ColumnElement[Any]:
        """The number."""
        return bindparam(f"amount_{self.number}", type_=Float() if self.type is float else BigInteger())

    def moments(self) -> tuple[ColumnElement[datetime], ColumnElement[datetime]]:
        """The first moment that clients see as this one or as a later one, and the first that they see as a later one.

        They see milliseconds, columns hold microseconds; both are the same when the moment falls between two that are seen.
        """
        return bindparam(f"begin_{self.number}", type_=UtcDateTime()), bindparam(f"end_{self.number}", type_=UtcDateTime())


def parameters(values: Sequence[Value]) -> dict[str, Any]:
    """All that statements may want to know of these values, which are numbered from 0."""
    return {f"{name}_{number}": form for number, value in enumerate(values) for name, form in _forms(value).items()}


def _forms(value: Value) -> dict[str, Any]:
    if isinstance(value, str):
        return {"text": value, "folded": fold(value), "beginning": search.beginning(value)}
    if isinstance(value, datetime):
        seen = value.replace(microsecond=value.microsecond // 1000 * 1000)
        end = seen + min(_MILLISECOND, _LAST - seen)
        return {"begin": value if value == seen else end, "end": end}
    return {"amount": value}
