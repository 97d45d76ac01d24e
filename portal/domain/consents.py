"""Consents: from an authorize request to an admin's answer, and the connected apps that follow from it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session as Database

from portal.domain import audit, members
from portal.domain.context import Context, lock
from portal.domain.errors import Expired, NotAllowed, NotFound
from portal.domain.permissions import Permission, permissions_of
from portal.models import AuthorizationCode, AuthorizationRequest, Consent, Member, OAuthClient, Token, Workspace
from portal.vault import digest, new_secret

REQUEST_LIFE = timedelta(minutes=15)
CODE_LIFE = timedelta(seconds=60)
GONE = "This request for access has expired or is incomplete."
ANSWERED = "This request for access was answered already."
ENDED = {
    "disconnected": "An admin disconnected it.",
    "replaced": "A newer authorization of the same app replaced it.",
    "revoked-by-client": "The app gave it up.",
    "client-removed": "Its OAuth client was removed.",
    "code-replayed": "Its authorization code was presented twice, which may mean that somebody copied it.",
    "refresh-token-reused": "A refresh token that had been replaced was presented again, which may mean that somebody copied it.",
}


@dataclass(frozen=True)
class Connected:
    """A consent as the connected apps show it; `works_until` is when its last refresh token expires, None when none is left."""

    consent: Consent
    client: OAuthClient
    works_until: datetime | None


def ask(
    database: Database,
    client: OAuthClient,
    *,
    redirect_uri: str,
    scopes: list[str],
    state: str | None,
    code_challenge: str | None,
    now: datetime,
) -> str:
    """Keeps a checked authorize request for 15 minutes and returns the secret that the browser carries."""
    secret = new_secret("wpq")
    request = AuthorizationRequest(
        secret_hash=digest(secret),
        client_id=client.id,
        redirect_uri=redirect_uri,
        scopes=scopes,
        state=state,
        code_challenge=code_challenge,
        created_at=now,
        expires_at=now + REQUEST_LIFE,
    )
    database.add(request)
    database.flush()
    return secret


def asked(database: Database, secret: str, now: datetime, workspace_id: str | None = None) -> tuple[AuthorizationRequest, OAuthClient]:
    """The request behind a browser's secret and who asks; with `workspace_id`, only when it was meant for that workspace.

    Raises Expired: an unknown request, a foreign one and one past its time read the same.
    """
    query = (
        select(AuthorizationRequest, OAuthClient)
        .join(OAuthClient, OAuthClient.id == AuthorizationRequest.client_id)
        .where(
            AuthorizationRequest.secret_hash == digest(secret),
            AuthorizationRequest.expires_at > now,
            OAuthClient.revoked_at.is_(None),
        )
    )
    if workspace_id is not None:
        query = query.where(AuthorizationRequest.workspace_id == workspace_id)
    row = database.execute(query).first()
    if row is None:
        raise Expired(GONE)
    return row[0], row[1]


def choose_workspace(request: AuthorizationRequest, client: OAuthClient, workspace: Workspace) -> None:
    """Leads the request to a workspace.

    Raises NotAllowed when another workspace registered the client, Expired when it was answered.
    """
    if client.workspace_id not in (None, workspace.id):
        raise NotAllowed(f"“{client.name}” was registered by another workspace and can connect only to that one.")
    if request.used_at is not None and request.workspace_id != workspace.id:
        raise Expired(ANSWERED)
    request.workspace_id = workspace.id


def require_open(ctx: Context, request: AuthorizationRequest, member: Member) -> None:
    """Raises Expired when the request was denied, redeemed, or authorized by somebody else."""
    if request.used_at is None:
        return
    consent = ctx.session.get(Consent, request.consent_id) if request.consent_id else None
    if consent is None or consent.revoked_at is not None or consent.member_id != member.id or _redeemed(ctx, consent):
        raise Expired(ANSWERED)


def authorize(ctx: Context, request: AuthorizationRequest, client: OAuthClient, member: Member, ends: Collection[str] = ()) -> str:
    """Grants what was asked and returns the code; asked twice before the code is redeemed, only the later code is good.

    `ends` are the ids of present connections of the client that end when the code is redeemed; others count for nothing.
    Raises NotAllowed without the right, Expired when the request was answered otherwise.
    """
    if Permission.MANAGE_PROVISIONING not in permissions_of(member, ctx.profile):
        raise NotAllowed("Only members who may manage provisioning can authorize an app.")
    lock(ctx)
    if _answer(ctx, request):
        consent = _grant(ctx, request, client, member)
        request.consent_id = consent.id
    else:
        require_open(ctx, request, member)
        consent = ctx.session.get_one(Consent, request.consent_id)
        ctx.session.execute(delete(AuthorizationCode).where(AuthorizationCode.consent_id == consent.id))
    consent.replaces = [item.id for item in present(ctx, client) if item.id in ends]
    return _code(ctx, request, consent)


def deny(ctx: Context, request: AuthorizationRequest, client: OAuthClient) -> None:
    """Refuses the request; asked twice it stays refused. Raises Expired when it was authorized."""
    lock(ctx)
    if _answer(ctx, request):
        audit.record(ctx, "consent.denied", ("client", client.id, client.name))
    elif request.consent_id is not None:
        raise Expired(ANSWERED)


def present(ctx: Context, client: OAuthClient) -> list[Consent]:
    """The workspace's connections to `client`, the latest first."""
    query = select(Consent).where(*_live(ctx), Consent.client_id == client.id, _connected())
    return list(ctx.session.scalars(query.order_by(Consent.created_at.desc())))


def host_of(redirect_uri: str) -> str:
    """The host that a redirect URI leads back to, with its port."""
    return urlsplit(redirect_uri).netloc[:255]


def connected(ctx: Context) -> list[Connected]:
    """The workspace's connected apps, the latest first; an authorization that the app never picked up is none."""
    lasting = select(func.max(Token.expires_at)).where(
        Token.consent_id == Consent.id,
        Token.kind == "refresh",
        Token.rotated_at.is_(None),
        Token.revoked_at.is_(None),
        Token.expires_at > ctx.now,
    )
    query = select(Consent, OAuthClient, lasting.scalar_subquery()).join(OAuthClient, OAuthClient.id == Consent.client_id)
    rows = ctx.session.execute(query.where(*_live(ctx), _connected()).order_by(Consent.created_at.desc()))
    return [Connected(consent, client, until) for consent, client, until in rows]


def ended(ctx: Context, limit: int = 20) -> list[tuple[Consent, OAuthClient]]:
    """The connections that ended last, with their clients."""
    query = select(Consent, OAuthClient).join(OAuthClient, OAuthClient.id == Consent.client_id)
    query = query.where(Consent.workspace_id == ctx.workspace.id, Consent.revoked_at.is_not(None))
    return [(row[0], row[1]) for row in ctx.session.execute(query.order_by(Consent.revoked_at.desc()).limit(limit))]


def get(ctx: Context, consent_id: str) -> tuple[Consent, OAuthClient]:
    """A live consent of the workspace and its client; raises NotFound."""
    query = select(Consent, OAuthClient).join(OAuthClient, OAuthClient.id == Consent.client_id)
    row = ctx.session.execute(query.where(*_live(ctx), Consent.id == consent_id)).first()
    if row is None:
        raise NotFound("There is no such connected app.")
    return row[0], row[1]


def end(ctx: Context, consent: Consent, client: OAuthClient, because: str) -> None:
    """Ends a consent at once, with every code and token of it; `because` is a key of ENDED."""
    lock(ctx)
    consent.revoked_at, consent.revoked_because = ctx.now, because
    audit.record(ctx, "consent.ended", subject(consent, client), after={"because": because})


def subject(consent: Consent, client: OAuthClient) -> tuple[str, str | None, str]:
    """The consent as the subject of an audit entry."""
    return ("consent", consent.id, client.name)


def _live(ctx: Context) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Consent.workspace_id == ctx.workspace.id, Consent.revoked_at.is_(None)


def _connected() -> ColumnElement[bool]:
    return select(Token.id).where(Token.consent_id == Consent.id).exists()


def _answer(ctx: Context, request: AuthorizationRequest) -> bool:
    statement = update(AuthorizationRequest).where(
        AuthorizationRequest.secret_hash == request.secret_hash,
        AuthorizationRequest.used_at.is_(None),
        AuthorizationRequest.expires_at > ctx.now,
    )
    return ctx.session.execute(statement.values(used_at=ctx.now)).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def _grant(ctx: Context, request: AuthorizationRequest, client: OAuthClient, member: Member) -> Consent:
    consent = Consent(
        workspace_id=ctx.workspace.id,
        client_id=client.id,
        member_id=member.id,
        member_label=members.label(member)[:400],
        scopes=request.scopes,
        redirect_host=host_of(request.redirect_uri),
        created_at=ctx.now,
    )
    ctx.session.add(consent)
    ctx.session.flush()
    audit.record(ctx, "consent.granted", subject(consent, client), after={"scopes": request.scopes})
    return consent


def _code(ctx: Context, request: AuthorizationRequest, consent: Consent) -> str:
    secret = new_secret("wpk")
    code = AuthorizationCode(
        code_hash=digest(secret),
        workspace_id=ctx.workspace.id,
        client_id=request.client_id,
        consent_id=consent.id,
        redirect_uri=request.redirect_uri,
        code_challenge=request.code_challenge,
        created_at=ctx.now,
        expires_at=ctx.now + CODE_LIFE,
    )
    ctx.session.add(code)
    ctx.session.flush()
    return secret


def _redeemed(ctx: Context, consent: Consent) -> bool:
    query = select(AuthorizationCode.code_hash).where(AuthorizationCode.consent_id == consent.id, AuthorizationCode.used_at.is_not(None))
    return ctx.session.scalar(query.limit(1)) is not None
