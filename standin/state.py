"""The org's data: kept in memory, and in one JSON file so that a restart keeps apps, people and keys."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from standin import records
from standin.apps import App
from standin.people import Group, Person
from standin.tasks import Task


@dataclass
class State:
    """Everything that a restart keeps; dictionaries go by id."""

    people: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    apps: dict[str, App] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)
    cookie_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))


class StateFile:
    """`state.json` in a directory, written whole and swapped in; with no directory nothing is kept."""

    def __init__(self, directory: Path | None) -> None:
        self._path = directory / "state.json" if directory else None
        self._written = ""

    def read(self) -> State | None:
        """The state of the last run, if there was one."""
        if not self._path or not self._path.exists():
            return None
        return records.load(State, json.loads(self._path.read_text(encoding="utf-8")))

    def write(self, state: State) -> None:
        """Keeps the state, readable for its owner only: it holds keys and tokens."""
        if not self._path:
            return
        text = json.dumps(asdict(state), indent=1)
        if text == self._written:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._path)
        self._written = text
