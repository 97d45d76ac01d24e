"""The org: the stand-in's data, log and outbound client, handed to every verb."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from standin.apps import App
from standin.config import Config
from standin.people import Group, Person
from standin.requests_log import RequestsLog
from standin.seeds import seed
from standin.sessions import Sessions
from standin.state import State, StateFile
from standin.tasks import Task
from standin.transport import new_client
from standin.waiting import Waiting


@dataclass
class Org:
    """One stand-in org. Change its data only inside `writing()`; `clock` gives seconds since 1970."""

    config: Config
    state: State
    file: StateFile
    log: RequestsLog = field(default_factory=RequestsLog)
    sessions: Sessions = field(default_factory=Sessions)
    waiting: Waiting = field(default_factory=Waiting)
    http: httpx.Client = field(default_factory=new_client)
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    consents: dict[str, str] = field(default_factory=dict)
    """OAuth `state` values that are under way, each with its app's id; single use."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One writer at a time; what it changed is kept when it leaves."""
        with self.lock:
            try:
                yield
            finally:
                self.file.write(self.state)

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.fromtimestamp(self.clock(), UTC)

    def people(self) -> list[Person]:
        """Everybody, by name."""
        return sorted(self.state.people.values(), key=lambda person: person.name.casefold())

    def groups(self) -> list[Group]:
        """All groups, by name."""
        return sorted(self.state.groups.values(), key=lambda group: group.name.casefold())

    def apps(self) -> list[App]:
        """All apps, by label."""
        return sorted(self.state.apps.values(), key=lambda app: app.label.casefold())

    def app_by_key(self, key: str) -> App | None:
        """The app of a SAML key (`exk…`)."""
        return next((app for app in self.apps() if app.key == key), None)

    def url(self, path: str) -> str:
        """The absolute URL of a path of the stand-in."""
        return self.config.base_url + path

    def add_task(self, app: App, text: str, *, person: str = "", group: str = "", paused: bool = False) -> None:
        """Puts a failure on the task list; an older one about the same subject gives way."""
        self.close_tasks(app, person=person, group=group)
        number = max((task.number for task in self.state.tasks), default=0) + 1
        self.state.tasks.insert(0, Task(number, app.id, text, person, group, paused))

    def close_tasks(self, app: App, *, person: str = "", group: str = "") -> None:
        """Takes the tasks about a subject of an app off the list."""
        subject = (app.id, person, group)
        self.state.tasks = [task for task in self.state.tasks if (task.app, task.person, task.group) != subject]

    def reset(self) -> None:
        """Starts afresh: new people, groups, apps and keys; everybody is signed out."""
        secret = self.state.cookie_secret
        self.state = seed(self.config)
        self.state.cookie_secret = secret
        self.log.clear()
        self.sessions.clear()


def open_org(config: Config) -> Org:
    """The org of the last run, or a fresh one."""
    file = StateFile(config.state_dir)
    state = file.read() or seed(config)
    file.write(state)
    return Org(config, state, file)
