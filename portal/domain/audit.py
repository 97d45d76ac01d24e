"""The audit log: append-only, each entry chained to the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from sqlalchemy import insert, select

from portal.domain.context import Context, lock
from portal.models import AuditEntry
from portal.models.base import new_id
from portal.models.prepared import Prepared

SEALED = [
    "workspace_id",
    "seq",
    "actor_kind",
    "actor_id",
    "actor_label",
    "action",
    "subject_kind",
    "subject_id",
    "subject_label",
    "before",
    "after",
    "ip",
    "request_id",
    "previous_hash",
]
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)
_ADD = Prepared(insert(AuditEntry), ["id", "at", "hash", *SEALED])


def seal(entry: Mapping[str, Any]) -> str:
    """The SHA-256 over every field of the entry and the hash before it, in hex."""
    body: dict[str, Any] = {name: entry[name] for name in SEALED}
    body["at"] = entry["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(_CANONICAL.encode(body).encode()).hexdigest()


def record(
    ctx: Context,
    action: str,
    subject: tuple[str, str | None, str],
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Appends what the actor did to `subject` (kind, id, label); takes the workspace's lock."""
    lock(ctx)
    kind, subject_id, label = subject
    ctx.workspace.audit_seq += 1
    entry = {
        "id": new_id(),
        "workspace_id": ctx.workspace.id,
        "seq": ctx.workspace.audit_seq,
        "at": ctx.now,
        "actor_kind": ctx.actor.kind,
        "actor_id": ctx.actor.id,
        "actor_label": ctx.actor.label[:400],
        "action": action,
        "subject_kind": kind,
        "subject_id": subject_id,
        "subject_label": label[:400],
        "before": before or {},
        "after": after or {},
        "ip": ctx.actor.ip,
        "request_id": ctx.actor.request_id,
        "previous_hash": ctx.workspace.audit_head,
    }
    entry["hash"] = ctx.workspace.audit_head = seal(entry)
    _ADD.later(ctx.session, **entry)


def first_broken(ctx: Context) -> int | None:
    """The sequence number of the first altered or missing entry, or None when the chain is whole."""
    expected, head = 1, ""
    query = select(AuditEntry).where(AuditEntry.workspace_id == ctx.workspace.id).order_by(AuditEntry.seq)
    entries = ctx.session.scalars(query.execution_options(yield_per=500))
    try:
        for entry in entries:
            if entry.seq != expected or entry.previous_hash != head or seal(_fields(entry)) != entry.hash:
                return expected
            expected, head = expected + 1, entry.hash
    finally:
        entries.close()
    if expected - 1 != ctx.workspace.audit_seq or head != ctx.workspace.audit_head:
        return expected
    return None


def _fields(entry: AuditEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in ("at", *SEALED)}
