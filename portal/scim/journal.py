"""The provisioning log: one entry for each request, or operation of a bulk request, that wrote or failed; bodies redacted."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson
from flask import g, request

from portal.domain import groups, mass_deactivations, members, provisioning
from portal.domain.context import Context
from portal.domain.errors import NotFound
from portal.extensions import db
from portal.models import Token
from portal.profile import Profile
from portal.scim.errors import HeldBack, ScimError, Unauthorized
from portal.web.metrics import EVENTS
from portal.web.proxies import the_app, the_g, the_request
from portal.web.tenancy import client_ip, now
from portal.web.transactions import after_refusal

MAX_BODY = 16_000
_SECRET = re.compile("password|secret|token|passcode", re.IGNORECASE)
_SECRET_OR_RATE = re.compile(f"{_SECRET.pattern}|cost_*rate", re.IGNORECASE)


@dataclass
class Note:
    """What is known of the operation under way: filled in as it goes, so that a failure can be told too."""

    operation: str = ""
    resource_type: str = ""
    resource_id: str | None = None
    subject: str = ""
    body: str = ""
    method: str = ""
    path: str = ""
    changes: dict[str, Any] = field(default_factory=dict)


def note(**facts: Any) -> Note:
    """Adds facts to what is known of this operation; of the `body` it keeps what may be kept."""
    made: Note = the_g().setdefault("scim_note", Note())
    if "body" in facts:
        facts["body"] = _redacted(facts["body"], the_app().config["PROFILE"])
    for name, value in facts.items():
        setattr(made, name, value)
    return made


def fresh(**facts: Any) -> Note:
    """Begins another operation of the same request."""
    g.scim_note = Note()
    return note(**facts)


def wrote(ctx: Context, status: int) -> None:
    """Keeps the operation that succeeded, in the transaction that it wrote in."""
    provisioning.log(ctx.session, _entry(the_g().scim.opened.token, note(), status, None))


def failed(error: ScimError, *, status: int | None = None) -> None:
    """Keeps the operation that failed, after what it did was undone; without a good token there is no workspace to tell."""
    if "scim" not in g or error.status == 503:
        return
    event, ctx = _entry(g.scim.opened.token, note(), status or error.status, error), g.scim.ctx
    if isinstance(error, HeldBack):  # first: it takes the workspace's lock
        after_refusal(lambda: mass_deactivations.hold(ctx))
    after_refusal(lambda: provisioning.log(db.session(), _about(ctx, event)))


def failed_within(ctx: Context, error: ScimError) -> None:
    """Keeps one operation of a bulk request that failed although the request goes on."""
    provisioning.log(ctx.session, _about(ctx, _entry(g.scim.opened.token, note(), error.status, error)))
    if isinstance(error, HeldBack):
        mass_deactivations.hold(ctx)


def refused_token(token: Token, detail: str) -> None:
    """Tells the workspace of a token that was known once and opens nothing any more."""
    event = _entry(token, Note(operation="refused"), 401, Unauthorized(detail))
    after_refusal(lambda: provisioning.log(db.session(), event))


def _entry(token: Token, known: Note, status: int, error: ScimError | None) -> dict[str, Any]:
    request_made = _request(known)
    EVENTS.labels(request_made["operation"], "failed" if error else "succeeded").inc()
    return {
        "workspace_id": token.workspace_id,
        "token_id": token.id,
        "client": token.name[:200],
        **request_made,
        "resource_type": known.resource_type or _kind(known.path or request.path),
        "resource_id": _storable(known.resource_id)[:64] if known.resource_id else None,
        "subject": _storable(known.subject)[:400],
        "succeeded": error is None,
        "status": status,
        "scim_type": error.scim_type if error else "",
        "detail": _storable(error.detail) if error else "",
        "changes": known.changes,
        "request_body": known.body,
    }


def _about(ctx: Context, event: dict[str, Any]) -> dict[str, Any]:
    """The entry with whom it is about, where the request failed before anybody looked up who has the id."""
    if event["subject"] or not event["resource_id"] or event["status"] == 404:
        return event
    with suppress(NotFound):
        if event["resource_type"] == "User":
            event["subject"] = members.label(members.get(ctx, event["resource_id"]))[:400]
        elif ctx.profile.scim.groups:
            event["subject"] = groups.get(ctx, event["resource_id"]).display_name[:400]
    return event


def _request(known: Note) -> dict[str, Any]:
    request = the_request()
    address = quote(request.full_path.rstrip("?"), safe="/?&=%:+", errors="replace")
    return {
        "at": now(),
        "method": (known.method or request.method)[:10],
        "path": (quote(known.path, safe="/?&=%:+", errors="replace") or address)[:2048],
        "operation": known.operation or _usual(),
        "request_id": the_g().get("request_id", ""),
        "ip": client_ip(),
    }


def _usual() -> str:
    """What a request is by its method, until more is known of it; a search reads."""
    if request.method == "POST" and request.path.endswith(("/.search", "/Bulk")):
        return "read" if request.path.endswith("/.search") else "other"
    return {"GET": "read", "HEAD": "read", "POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}.get(
        request.method, "other"
    )


def _kind(path: str) -> str:
    """The type of resource that a path is about: of a body that cannot be read nothing else is known."""
    parts = path.split("/")
    return "User" if "Users" in parts else "Group" if "Groups" in parts else ""


def _redacted(body: Any, profile: Profile) -> str:
    """The body as JSON without what no reader of the log may see, cut at 16,000 characters; empty when none could be read."""
    if body is None:
        return ""
    # Who reads the log need not be one who may know what people cost.
    secret = _SECRET_OR_RATE if profile.features.cost_rates else _SECRET
    text = orjson.dumps(body).decode()
    if secret.search(text):  # letters stand in JSON as themselves
        text = orjson.dumps(_without(secret, body)).decode()
    return text if len(text) <= MAX_BODY else text[: MAX_BODY - 1] + "…"


def _without(secret: re.Pattern[str], value: Any) -> Any:
    if isinstance(value, dict):
        hidden = isinstance(value.get("path"), str) and secret.search(value["path"]) is not None
        return {key: "•••" if secret.search(key) or (hidden and key == "value") else _without(secret, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(secret, item) for item in value]
    return value


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "")
