"""Limits: for whom a guess is counted, and how long a caller that was held up has to wait."""

from __future__ import annotations

import time

from flask import g, request

from portal.extensions import limiter


def whoever_is_named() -> str:
    """The workspace and the login that a form of the sign-in pages names: guesses at one person count together, wherever they come from."""
    return f"{g.workspace.id}:{request.form.get('email', '').strip().casefold()[:320]}"


def seconds_until_free() -> int:
    """Whole seconds until the limit that this request ran into lets the next one pass, for `Retry-After`; a minute where it is unknown."""
    limit = limiter.current_limit
    return max(1, int(limit.reset_at - time.time()) + 1) if limit else 60
