"""Limits that are counted where all processes see them, and by each process for itself while that place is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from flask import Flask, after_this_request, current_app, g
from flask_limiter import Limiter
from limits import RateLimitItem, WindowStats
from limits.storage import MemoryStorage, Storage
from limits.strategies import MovingWindowRateLimiter, RateLimiter
from redis.exceptions import RedisError

log = structlog.get_logger()
Answer = TypeVar("Answer")

PAUSE = 5.0
"""Seconds between two looks whether Redis is back; one thread looks, and waits for it, while the others go on."""


class Steady(RateLimiter):
    """Counts in Redis, or in this process's memory while Redis is away; whichever call finds it gone, none fails.

    Flask-Limiter has a fallback of its own: there the first thread that meets a dead Redis sets a flag, and each other one that was
    waiting for the same Redis raises; and what an answer decides to count has no fallback at all.
    """

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage)
        self._shared, self._own = MovingWindowRateLimiter(storage), MovingWindowRateLimiter(MemoryStorage())
        self._look_at: float | None = None
        self._turn = threading.Lock()

    def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        """As RateLimiter's."""
        return self._ask(lambda limiter: limiter.hit(item, *identifiers, cost=cost))

    def test(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        """As RateLimiter's."""
        return self._ask(lambda limiter: limiter.test(item, *identifiers, cost=cost))

    def get_window_stats(self, item: RateLimitItem, *identifiers: str) -> WindowStats:
        """As RateLimiter's."""
        return self._ask(lambda limiter: limiter.get_window_stats(item, *identifiers))

    def clear(self, item: RateLimitItem, *identifiers: str) -> None:
        """As RateLimiter's."""
        self._ask(lambda limiter: limiter.clear(item, *identifiers))

    def _ask(self, question: Callable[[RateLimiter], Answer]) -> Answer:
        if self._look_at is None or self._is_due():
            try:
                answer = question(self._shared)
            except RedisError as error:
                if self._look_at is None:
                    log.warning("redis-unavailable", error=str(error), consequence="each process counts for itself")
                self._look_at = time.monotonic() + PAUSE
            else:
                self._look_at = None
                return answer
        return question(self._own)

    def _is_due(self) -> bool:
        """Whether this thread is the one to look again."""
        with self._turn:
            now = time.monotonic()
            if self._look_at is None or now < self._look_at:
                return self._look_at is None
            self._look_at = now + PAUSE
            return True


class Limits(Limiter):
    """Limits where a view asks for them; looking for some around every other request would cost more than most of them do."""

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if in_middleware:
            return
        if "limited" not in g:
            g.limited = True
            after_this_request(current_app.extensions["count-by-answer"])
        super()._check_request_limit(callable_name, in_middleware)

    def init_app(self, app: Flask) -> None:
        """Attaches it without its hooks around every request; what a view lets the answer decide is counted after that view's."""
        before = app.before_request_funcs[None][:]
        super().init_app(app)
        app.before_request_funcs[None] = before
        app.extensions["count-by-answer"] = app.after_request_funcs[None].pop()
        app.teardown_request_funcs[None].pop()  # empties what goes with the request anyway
        if not isinstance(self.storage, MemoryStorage):
            self._limiter = Steady(self.storage)
