"""How long a caller that was held up by a limit has to wait."""

from __future__ import annotations

import time

from portal.extensions import limiter


def seconds_until_free() -> int:
    """Whole seconds until the limit that this request ran into lets the next one pass, for `Retry-After`; a minute where it is unknown."""
    limit = limiter.current_limit
    return max(1, int(limit.reset_at - time.time()) + 1) if limit else 60
