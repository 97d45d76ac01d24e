"""Who may pass: a token of this workspace with the scope, while SCIM is on."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, g
from limits import parse

from portal.domain import opening, provisioning
from portal.domain.actors import Actor
from portal.domain.context import Context
from portal.domain.opening import BadToken, Opened
from portal.domain.scopes import Scope
from portal.extensions import db, limiter, look_up, writable
from portal.models.prepared import Prepared
from portal.scim import dialects, journal
from portal.scim.call import Along, Call, current
from portal.scim.dialects import Dialect
from portal.scim.errors import Forbidden, TooManyRequests, Unauthorized
from portal.web.guards import View, guard
from portal.web.logs import name_workspace
from portal.web.metrics import TOKEN_FAILURES
from portal.web.proxies import the_app, the_g, the_request
from portal.web.tenancy import API, WORKSPACE, client_ip, context_for, load_workspace, now

FAILURES = parse("60 per minute")
_HEADER = re.compile(r"\s*(?:bearer\s+){0,2}(?!bearer\s*$)(\S+)\s*", re.IGNORECASE)

_NO_TOKEN = "No token: send the header Authorization: Bearer, followed by the token."
_UNREADABLE = "The Authorization header cannot be read: it must be the token alone, or the word Bearer, a space and the token."


def scim(*scopes: Scope, along: Callable[[Dialect], Along | None] | None = None) -> Callable[[View], View]:
    """A token with all of these scopes may pass; a request that writes takes the workspace's lock by `hold`.

    `along` says what the view is going to look up: it is read in the statement that opens the token, and only a good token shows it.
    """
    needed = [scope.value for scope in scopes]
    return guard(f"scim({', '.join(needed)})", lambda: _check(needed, along))


def _check(needed: list[str], along: Callable[[Dialect], Along | None] | None) -> None:
    dialect, kept = dialects.current(), the_g()
    if kept.site not in (API, WORKSPACE) or dialect.version not in the_app().config["PROFILE"].scim.versions:
        abort(404)
    look_up()
    wanted = along(dialect) if along else None
    opened, row = _open(wanted or (opening.PLAIN, {}))
    ctx = context_for(opened.workspace, Actor.token(opened.token, client_ip(), kept.request_id))
    kept.workspace, kept.ctx = opened.workspace, ctx
    name_workspace(opened.workspace.slug)
    Call.begin(ctx, opened, dialect, (wanted, row) if wanted else None)
    provisioning.require_on(ctx)
    require(*_asked_of_a_token(needed))
    _note(ctx, opened)


def hold(call: Call, *also: tuple[Prepared, Mapping[str, Any]]) -> list[tuple[Any, ...] | None]:
    """Takes the workspace's lock, once the request is read and understood; gives the first row of each of the queries `also`.

    They see what the lock guards. Raises what the guard raises when token or SCIM have ended meanwhile.
    """
    if call.ctx.locked_in is None:
        writable()
    try:
        rows = opening.hold(call.ctx, call.opened, also)
    except BadToken as error:
        raise _ended(error) from None
    the_g().workspace = call.ctx.workspace
    provisioning.require_on(call.ctx)
    return rows


def _asked_of_a_token(needed: list[str]) -> list[str]:
    """The scopes without those for groups where SCIM serves none: no token has them, and lists of none can be read by any."""
    if the_app().config["PROFILE"].scim.groups:
        return needed
    if Scope.GROUPS_WRITE.value in needed:
        require_groups()
    return [scope for scope in needed if scope != Scope.GROUPS_READ.value]


def require_groups() -> None:
    """Raises Forbidden where SCIM serves no groups."""
    profile = the_app().config["PROFILE"]
    if not profile.scim.groups:
        raise Forbidden(f"{profile.product} does not take groups. Leave Push Groups and Import Groups off in Okta.")


def require(*needed: str) -> None:
    """Raises Forbidden with the scope that the token would need (RFC 6750 §3.1)."""
    granted = current().opened.token.scopes
    lacking = [scope for scope in needed if scope not in granted]
    if lacking:
        TOKEN_FAILURES.labels("scim", "scope").inc()
        challenge = {"WWW-Authenticate": f'Bearer realm="SCIM", error="insufficient_scope", scope="{" ".join(lacking)}"'}
        detail = f"This token lacks the scope {' and '.join(lacking)}. Use a token that has it, or authenticate again in Okta."
        raise Forbidden(detail, headers=challenge)


def _open(wanted: Along) -> tuple[Opened, tuple[Any, ...]]:
    header = the_request().headers.get("Authorization", "")
    match = _HEADER.fullmatch(header)
    if match is None:
        _require_workspace()
        TOKEN_FAILURES.labels("scim", "missing").inc()
        raise _refusal(_NO_TOKEN if header.strip().lower() in ("", "bearer") else _UNREADABLE, 'Bearer realm="SCIM"')
    try:
        return opening.open_and_read(*wanted, db.session(), match[1], now(), the_g().slug)
    except BadToken as error:
        _require_workspace()
        raise _ended(error) from None


def _ended(error: BadToken) -> Unauthorized | TooManyRequests:
    TOKEN_FAILURES.labels("scim", "unknown" if error.token is None else "ended").inc()
    detail = f"Access refused: {error.reason}. Make a new token in the portal, or authenticate again in Okta."
    refusal = _refusal(detail, 'Bearer realm="SCIM", error="invalid_token"')
    if error.token is not None and isinstance(refusal, Unauthorized) and "scim" not in g:
        journal.refused_token(error.token, detail)
    return refusal


def _require_workspace() -> None:
    """An unknown workspace is told before what is wrong with the token."""
    if g.slug is not None:
        load_workspace(g.slug)


def _refusal(detail: str, challenge: str) -> Unauthorized | TooManyRequests:
    """401, or 429 for an address that fails over and over; good tokens from there go on to pass: Okta's addresses are shared."""
    key = ("scim-failures", client_ip())
    if limiter.limiter.hit(FAILURES, *key):
        return Unauthorized(detail, headers={"WWW-Authenticate": challenge})
    wait = max(1, round(limiter.limiter.get_window_stats(FAILURES, *key).reset_time - time.time()))
    return TooManyRequests(f"Too many refused tokens from this address. Wait {wait} seconds.", headers={"Retry-After": str(wait)})


def _note(ctx: Context, opened: Opened) -> None:
    """Keeps the last use of the token, at most once a minute, and the set-up's first successful call."""
    if not opening.use_is_worth_noting(opened, ctx.now):
        return
    writable()
    provisioning.reach(ctx, "test-call")  # first: it waits for whoever has the workspace's lock and may want the token
    opening.note_use(ctx.session, opened, ctx.now)
    db.session.commit()
    look_up()
