"""Whether a secret opens a workspace to SCIM."""

from __future__ import annotations

from flask import Flask

from portal.domain import opening
from portal.extensions import db
from portal.web.tenancy import now


def opens(app: Flask, secret: str, slug: str = "acme") -> bool:
    """Whether the token `secret` opens this workspace just now."""
    with app.app_context():
        try:
            return opening.open_with(db.session(), secret, now(), None).workspace.slug == slug
        except opening.BadToken:
            return False
