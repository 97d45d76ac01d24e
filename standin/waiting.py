"""Sign-on requests that wait until the person has signed in at the IdP."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

MOST = 1000


@dataclass(frozen=True)
class AuthnRequest:
    """What an app asked for; all empty when the IdP begins. `fresh_after`: a sign-in older than that will not do (ForceAuthn)."""

    id: str = ""
    relay_state: str | None = None
    fresh_after: float = 0


class Waiting:
    """Requests by a random key; the oldest give way, each is taken once."""

    def __init__(self) -> None:
        self._items: dict[str, tuple[str, AuthnRequest]] = {}

    def put(self, app: str, request: AuthnRequest) -> str:
        """Keeps a request of an app; the key to take it with."""
        while len(self._items) >= MOST:
            self._items.pop(next(iter(self._items)))
        key = secrets.token_urlsafe(16)
        self._items[key] = (app, request)
        return key

    def find(self, app: str, key: str) -> AuthnRequest | None:
        """The request of an app under a key."""
        found = self._items.get(key)
        return found[1] if found and found[0] == app else None

    def take(self, key: str) -> None:
        """Takes a request away: it is answered once."""
        self._items.pop(key, None)
