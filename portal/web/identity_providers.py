"""The seam where pages ask the saml boundary to read metadata, so that neither imports the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Flask, current_app

from portal.domain.sso import Provider

_READER = "portal-metadata-reader"


def provide(app: Flask, reader: Callable[[bytes, datetime], Provider]) -> None:
    """Lets a boundary be the one who reads metadata."""
    app.extensions[_READER] = reader


def read_metadata(content: bytes, now: datetime) -> Provider:
    """What an identity provider's metadata says; raises Invalid with the reason."""
    provider: Provider = current_app.extensions[_READER](content, now)
    return provider
