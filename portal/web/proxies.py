"""What Flask's proxies stand for: each use of a proxy costs close to a microsecond, so what runs in every request resolves it once.

Asked of the context variables behind the proxies, for a request asks some fifty times; outside a context they raise LookupError.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Request
from flask.globals import _cv_app, _cv_request


def the_request() -> Request:
    """The request under way."""
    return _cv_request.get().request


def the_g() -> Any:
    """What this request keeps for itself."""
    return _cv_app.get().g


def the_app() -> Flask:
    """The application."""
    return _cv_app.get().app
