"""What opens SCIM: header tokens, OAuth clients, consents, codes and their tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Identified


class OAuthClient(Identified, Base):
    """A program that may ask for consent: a catalog client (no workspace) or one that a workspace registered for its custom Okta app."""

    __tablename__ = "oauth_clients"

    workspace_id: Mapped[str | None] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), index=True)
    client_id: Mapped[str] = mapped_column(String(80), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    okta_app: Mapped[str] = mapped_column(String(200))
    redirect_uris: Mapped[list[str]]
    scopes: Mapped[list[str]]
    created_by: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AuthorizationRequest(Base):
    """An authorize request on its way through subdomain, sign-in and consent; the browser carries only its secret.

    `state` is kept percent-encoded, so that whatever bytes came go back. `consent_id` is set when it was authorized; an answered
    request without one was denied.
    """

    __tablename__ = "authorization_requests"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("oauth_clients.id", ondelete="CASCADE"))
    workspace_id: Mapped[str | None] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    redirect_uri: Mapped[str] = mapped_column(String(2048))
    state: Mapped[str | None] = mapped_column(String(4096))
    scopes: Mapped[list[str]]
    code_challenge: Mapped[str | None] = mapped_column(String(128))
    consent_id: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class Consent(Identified, Base):
    """An admin's grant of scopes to a client for a workspace; outlives the admin.

    `replaces` are the ids of earlier consents that end when this one's code is redeemed, as its page said. `redirect_host` is where the
    browser went back to: it tells two Okta organizations apart that use the same client.
    """

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_workspace_id", "workspace_id"),)

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(ForeignKey("oauth_clients.id", ondelete="CASCADE"))
    member_id: Mapped[str] = mapped_column(String(36))
    member_label: Mapped[str] = mapped_column(String(400))
    scopes: Mapped[list[str]]
    replaces: Mapped[list[str] | None]
    redirect_host: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None] = mapped_column(String(60))


class AuthorizationCode(Base):
    """A code between consent and token: single use, 60 seconds, bound to client, redirect URI and workspace."""

    __tablename__ = "authorization_codes"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(ForeignKey("oauth_clients.id", ondelete="CASCADE"))
    consent_id: Mapped[str] = mapped_column(ForeignKey("consents.id", ondelete="CASCADE"))
    redirect_uri: Mapped[str] = mapped_column(String(2048))
    code_challenge: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class Token(Identified, Base):
    """A secret towards SCIM: `kind` is header, access or refresh; only its SHA-256 and last four characters are kept.

    A refresh token that was rotated has `rotated_at`: within the grace window it may be used again, after it its use ends the consent.
    """

    __tablename__ = "tokens"
    __table_args__ = (
        Index("ix_tokens_workspace_id_kind", "workspace_id", "kind"),
        Index("ix_tokens_consent_id", "consent_id"),
    )

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(100))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    last_four: Mapped[str] = mapped_column(String(4))
    scopes: Mapped[list[str]]
    consent_id: Mapped[str | None] = mapped_column(ForeignKey("consents.id", ondelete="CASCADE"))
    created_by: Mapped[str | None] = mapped_column(String(36))
    created_by_label: Mapped[str] = mapped_column(String(400), default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    rotated_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
