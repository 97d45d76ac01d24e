"""Limits: for whom a guess is counted, and how long a caller that was held up has to wait."""

from __future__ import annotations

import time
from typing import Any

from flask import Response, g, request
from flask_limiter import RouteLimit

from portal.extensions import limiter


def guesses(limit: str, status: int, **options: Any) -> RouteLimit:
    """Counts only requests that are answered by `status`, which is what a wrong guess gets: an office behind one address, and whoever signs
    in often, are right. Those under way at the same moment all pass, so a limit on whatever comes stands beside it where that matters."""

    def wrong(response: Response) -> bool:
        return response.status_code == status

    return limiter.limit(limit, deduct_when=wrong, **options)


def whoever_is_named() -> str:
    """The workspace and the login that a form of the sign-in pages names: guesses at one person count together, wherever they come from."""
    return f"{g.workspace.id}:{request.form.get('email', '').strip().casefold()[:320]}"


def seconds_until_free() -> int:
    """Whole seconds until the limit that this request ran into lets the next one pass, for `Retry-After`; a minute where it is unknown."""
    limit = limiter.current_limit
    return max(1, int(limit.reset_at - time.time()) + 1) if limit else 60
