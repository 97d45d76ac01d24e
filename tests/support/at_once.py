"""Several threads that begin at the same moment, or wait for the same lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from flask import Flask
from sqlalchemy import text

from portal.domain.context import Context
from portal.extensions import db
from tests import factories

T = TypeVar("T")


def at_once(count: int, act: Callable[[int], T]) -> list[T]:
    """What `count` threads got that all began at the same moment, in their order; an exception of one is raised here."""
    ready = threading.Barrier(count)

    def run(number: int) -> T:
        ready.wait(30)
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def overtaken(app: Flask, slug: str, acts: Sequence[Callable[[], T]], meanwhile: Callable[[Context], object] = lambda _: None) -> list[T]:
    """What each of the acts got that began while somebody had the workspace's lock, who did `meanwhile` once all of them waited."""
    with ThreadPoolExecutor(len(acts)) as pool:
        with factories.inside(app, slug) as ctx:
            under_way = [pool.submit(act) for act in acts]
            until_all_wait(under_way)
            meanwhile(ctx)
        return [act.result(60) for act in under_way]


def until_all_wait(under_way: Sequence[Future[T]]) -> None:
    """Until PostgreSQL says so; where nobody can tell, for as long as a request takes to come as far as the lock."""
    if db.engine.dialect.name != "postgresql":
        wait(under_way, 0.5)
        return
    query = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
    for _ in range(400):
        with db.engine.connect() as connection:
            waiting = connection.scalar(query)
        if waiting + sum(act.done() for act in under_way) >= len(under_way):
            return
        time.sleep(0.05)
    raise TimeoutError("not all of them came to wait for the lock")
