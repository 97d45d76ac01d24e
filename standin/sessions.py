"""Sign-ins at the IdP: who is signed in in which browser, and at which apps."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field


@dataclass
class AppSession:
    """A sign-in at an app, as its assertion named it."""

    app: str
    index: str
    name_id: str
    name_id_format: str


@dataclass
class Session:
    """A person's sign-in at the IdP; `at` in seconds since 1970."""

    id: str
    person: str
    at: float
    apps: dict[str, AppSession] = field(default_factory=dict)


class Sessions:
    """All sign-ins, in memory: a restart signs everybody out."""

    def __init__(self) -> None:
        self._items: dict[str, Session] = {}

    def start(self, person: str, at: float) -> Session:
        """A new session of a person."""
        session = Session(secrets.token_urlsafe(24), person, at)
        self._items[session.id] = session
        return session

    def find(self, session_id: str) -> Session | None:
        """The session of a browser, if it is still alive."""
        return self._items.get(session_id)

    def end(self, session_id: str) -> None:
        """Ends a session."""
        self._items.pop(session_id, None)

    def end_person(self, person: str) -> None:
        """Ends all sessions of a person."""
        self._items = {key: item for key, item in self._items.items() if item.person != person}

    def by_index(self, app: str, index: str) -> Session | None:
        """The session that a SessionIndex of an app belongs to."""
        for session in list(self._items.values()):
            at_app = session.apps.get(app)
            if at_app and at_app.index == index:
                return session
        return None

    def by_name_id(self, app: str, name_id: str) -> list[Session]:
        """The sessions at an app under a NameID."""
        return [item for item in list(self._items.values()) if (at := item.apps.get(app)) and at.name_id == name_id]

    def clear(self) -> None:
        """Ends all sessions."""
        self._items = {}
