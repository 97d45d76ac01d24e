"""SAML connections and what signing in through them leaves behind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Identified


class Connection(Identified, Base):
    """A workspace's SAML configuration of one identity provider.

    `state` is candidate (until the admin who saved it signs in through it), active or retired. `certificates` are PEM texts, any of
    which may sign. `beside` lets a candidate become a second active connection instead of taking the first one's place.
    """

    __tablename__ = "connections"
    __table_args__ = (Index("ix_connections_workspace_id_state", "workspace_id", "state"),)

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10), default="candidate")
    name: Mapped[str] = mapped_column(String(100), default="Okta")
    issuer: Mapped[str] = mapped_column(String(1024))
    sso_url: Mapped[str] = mapped_column(String(2048))
    slo_url: Mapped[str | None] = mapped_column(String(2048))
    certificates: Mapped[list[str]]
    metadata_url: Mapped[str | None] = mapped_column(String(2048))
    allow_idp_initiated: Mapped[bool] = mapped_column(default=True)
    allow_sha1: Mapped[bool] = mapped_column(default=False)
    sign_requests: Mapped[bool] = mapped_column(default=False)
    beside: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    refetched_at: Mapped[datetime | None]


class SamlKey(Identified, Base):
    """A signing and decryption key of the workspace towards its identity providers; `private_key` is encrypted at rest."""

    __tablename__ = "saml_keys"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), index=True)
    certificate: Mapped[str] = mapped_column(Text)
    private_key: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class SamlRequest(Base):
    """An AuthnRequest or LogoutRequest that waits for its answer.

    `browser_hash` is the SHA-256 of a cookie of the browser that began; `purpose` is sign-in, authorize or logout. `used_at` makes it
    single use.
    """

    __tablename__ = "saml_requests"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), index=True)
    connection_id: Mapped[str] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(12))
    member_id: Mapped[str | None] = mapped_column(String(36))
    browser_hash: Mapped[str] = mapped_column(String(64))
    return_to: Mapped[str] = mapped_column(String(2048), default="/")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class SeenAssertion(Base):
    """The id of an assertion or a LogoutRequest that was consumed, kept until it would have expired: no process takes it again."""

    __tablename__ = "seen_assertions"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    assertion_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignInTicket(Base):
    """A verified identity between the ACS and the session, bound to the browser that began; single use, one minute."""

    __tablename__ = "sign_in_tickets"

    ticket_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), index=True)
    connection_id: Mapped[str] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(12))
    browser_hash: Mapped[str | None] = mapped_column(String(64))
    requested_by: Mapped[str | None] = mapped_column(String(36))
    identity: Mapped[dict[str, Any]]
    return_to: Mapped[str] = mapped_column(String(2048))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class RefusedSignIn(Identified, Base):
    """A sign-in that was refused: `reason` is a code, `details` what was said and what was expected, never the assertion."""

    __tablename__ = "refused_sign_ins"
    __table_args__ = (Index("ix_refused_sign_ins_workspace_id_at", "workspace_id", "at"),)

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    connection_id: Mapped[str | None] = mapped_column(String(36))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(400), default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ip: Mapped[str] = mapped_column(String(45), default="")
    request_id: Mapped[str] = mapped_column(String(40), default="")
