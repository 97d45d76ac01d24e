"""Tasks: what went wrong and waits for the admin, in Okta's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass
class Task:
    """A failed job; `person` or `group` says whom it concerned, `paused` that the app asked to wait (429)."""

    number: int
    app: str
    text: str
    person: str = ""
    group: str = ""
    paused: bool = False
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
