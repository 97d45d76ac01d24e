"""Grants: codes redeemed for tokens, refresh tokens rotated, tokens given up or looked at by their client."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session as Database

from portal.domain import audit, consents, provisioning
from portal.domain.context import Context, lock
from portal.domain.errors import DomainError
from portal.models import AuthorizationCode, Consent, OAuthClient, Token, Workspace
from portal.vault import digest, new_secret, same

ACCESS_LIFE = timedelta(hours=1)
REFRESH_LIFE = timedelta(days=180)
GRACE = timedelta(seconds=60)
NO_CODE = "The code is unknown, used or expired, was given to another client or redirect_uri, or the code_verifier does not fit it."
NO_REFRESH = "The refresh token is unknown, expired or revoked, or was given to another client."


class BadGrant(DomainError):
    """A code or refresh token that gives nothing (RFC 6749 §5.2); `ended` when presenting it ended its consent, which must be kept."""

    code = "invalid_grant"

    def __init__(self, message: str, *, ended: bool = False) -> None:
        super().__init__(message)
        self.ended = ended


class BadScope(DomainError):
    """A scope beyond what was granted."""

    code = "invalid_scope"


@dataclass(frozen=True)
class Issued:
    """A pair of new tokens; `scopes` are those of the access token."""

    access: str
    refresh: str
    scopes: list[str]


@dataclass(frozen=True)
class Known:
    """A token of the client that asks about it."""

    token: Token
    consent: Consent
    workspace: Workspace

    def is_active(self, now: datetime) -> bool:
        """Whether it still opens anything; a rotated refresh token counts as spent."""
        spent = self.token.revoked_at or self.token.rotated_at or self.consent.revoked_at
        return spent is None and (self.token.expires_at is None or self.token.expires_at > now)


def behind_code(database: Database, client: OAuthClient, secret: str) -> Workspace:
    """The workspace that a code of this client is for; raises BadGrant."""
    query = select(Workspace).join(AuthorizationCode, AuthorizationCode.workspace_id == Workspace.id)
    query = query.where(AuthorizationCode.code_hash == digest(secret), AuthorizationCode.client_id == client.id)
    workspace = database.scalar(query)
    if workspace is None:
        raise BadGrant(NO_CODE)
    return workspace


def redeem(ctx: Context, client: OAuthClient, secret: str, *, redirect_uri: str | None, verifier: str | None) -> Issued:
    """The tokens for a code, once; the connections end that its consent takes the place of.

    Raises BadGrant; a code presented again also ends the consent it came from (RFC 6749 §4.1.2).
    """
    lock(ctx)
    code = ctx.session.get(AuthorizationCode, digest(secret))
    if code is None or code.client_id != client.id or code.workspace_id != ctx.workspace.id:
        raise BadGrant(NO_CODE)
    consent = ctx.session.get_one(Consent, code.consent_id)
    if code.used_at is not None:
        raise _replayed(ctx, client, consent, "code-replayed", NO_CODE)
    expired = code.expires_at <= ctx.now or consent.revoked_at is not None
    if expired or not same(code.redirect_uri, redirect_uri or "") or not _proves(code.code_challenge, verifier):
        raise BadGrant(NO_CODE)
    statement = update(AuthorizationCode).where(AuthorizationCode.code_hash == code.code_hash, AuthorizationCode.used_at.is_(None))
    if ctx.session.execute(statement.values(used_at=ctx.now)).rowcount != 1:  # type: ignore[attr-defined]
        raise _replayed(ctx, client, consent, "code-replayed", NO_CODE)
    _replace_earlier(ctx, client, consent)
    provisioning.reach(ctx, "token")
    audit.record(ctx, "consent.connected", consents.subject(consent, client), after={"scopes": consent.scopes})
    return _issue(ctx, client, consent, consent.scopes, consent.scopes)


def behind_refresh(database: Database, client: OAuthClient, secret: str) -> Workspace:
    """The workspace that a refresh token of this client is for; raises BadGrant."""
    known = find(database, client, secret)
    if known is None or known.token.kind != "refresh":
        raise BadGrant(NO_REFRESH)
    return known.workspace


def refresh(ctx: Context, client: OAuthClient, secret: str, scope: list[str] | None = None) -> Issued:
    """New tokens for a refresh token, which is rotated; within 60 seconds a second use is taken as parallel and gets tokens, too.

    `scope` narrows the access token. Raises BadScope, or BadGrant; a use after the grace window also ends the consent (RFC 9700 §4.14).
    """
    lock(ctx)
    known = find(ctx.session, client, secret)
    if known is None or known.token.workspace_id != ctx.workspace.id:
        raise BadGrant(NO_REFRESH)
    token, consent = known.token, known.consent
    if consent.revoked_at or token.revoked_at or (token.expires_at is not None and token.expires_at <= ctx.now):
        raise BadGrant(NO_REFRESH)
    if scope and not set(scope) <= set(token.scopes):
        raise BadScope("The scope goes beyond what was granted.")
    statement = update(Token).where(Token.id == token.id, Token.rotated_at.is_(None))
    first = ctx.session.execute(statement.values(rotated_at=ctx.now)).rowcount == 1  # type: ignore[attr-defined]
    if not first and token.rotated_at is not None and ctx.now - token.rotated_at > GRACE:
        raise _replayed(ctx, client, consent, "refresh-token-reused", NO_REFRESH)
    return _issue(ctx, client, consent, scope or token.scopes, token.scopes)


def find(database: Database, client: OAuthClient, secret: str) -> Known | None:
    """The access or refresh token behind `secret` if it was given to this client; None reads the same for a foreign and an unknown one."""
    query = (
        select(Token, Consent, Workspace)
        .join(Consent, Consent.id == Token.consent_id)
        .join(Workspace, Workspace.id == Token.workspace_id)
        .where(Token.secret_hash == digest(secret), Consent.client_id == client.id)
    )
    row = database.execute(query).first()
    return Known(row[0], row[1], row[2]) if row else None


def give_up(ctx: Context, client: OAuthClient, secret: str) -> None:
    """Revokes a token of the client: an access token alone, a refresh token with its whole consent (RFC 7009 §2.1)."""
    lock(ctx)
    known = find(ctx.session, client, secret)
    if known is None or known.workspace.id != ctx.workspace.id or known.consent.revoked_at is not None:
        return
    if known.token.kind == "refresh":
        consents.end(ctx, known.consent, client, "revoked-by-client")
    elif known.token.revoked_at is None:
        known.token.revoked_at = ctx.now
        audit.record(ctx, "token.revoked", ("token", known.token.id, f"{known.token.name} (…{known.token.last_four})"))


def _proves(challenge: str | None, verifier: str | None) -> bool:
    """Whether the verifier fits (RFC 7636 §4.6); one without a challenge is a downgrade and does not (RFC 9700 §2.1.1)."""
    if challenge is None or verifier is None:
        return challenge is None and verifier is None
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("utf-8", "surrogatepass")).digest())
    return same(made.decode().rstrip("="), challenge)


def _replayed(ctx: Context, client: OAuthClient, consent: Consent, because: str, message: str) -> BadGrant:
    if consent.revoked_at is not None:
        return BadGrant(message)
    consents.end(ctx, consent, client, because)
    return BadGrant(message, ended=True)


def _replace_earlier(ctx: Context, client: OAuthClient, consent: Consent) -> None:
    for earlier in consents.present(ctx, client):
        if earlier.id in (consent.replaces or []):
            consents.end(ctx, earlier, client, "replaced")


def _issue(ctx: Context, client: OAuthClient, consent: Consent, access: list[str], kept: list[str]) -> Issued:
    secrets = {"access": new_secret("wpa"), "refresh": new_secret("wpr")}
    lives = {"access": (ACCESS_LIFE, access), "refresh": (REFRESH_LIFE, kept)}
    for kind, secret in secrets.items():
        life, scopes = lives[kind]
        ctx.session.add(
            Token(
                workspace_id=ctx.workspace.id,
                kind=kind,
                name=client.name,
                secret_hash=digest(secret),
                last_four=secret[-4:],
                scopes=scopes,
                consent_id=consent.id,
                created_by=consent.member_id,
                created_by_label=consent.member_label,
                created_at=ctx.now,
                expires_at=ctx.now + life,
            )
        )
    ctx.session.flush()
    return Issued(secrets["access"], secrets["refresh"], access)
