"""The audit log read: which entries, and in which words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portal.domain.context import Context
from portal.domain.events import SPANS
from portal.domain.listing import Condition, Listing
from portal.domain.telling import Name, told
from portal.models import AuditEntry

ACTIONS = {
    "member.created": "added",
    "member.changed": "changed",
    "member.role-changed": "changed the role of",
    "member.deactivated": "deactivated",
    "member.reactivated": "reactivated",
    "member.removed": "removed",
    "member.password-set": "set a password for",
    "member.invitation-link-made": "made an invitation link for",
    "member.reset-link-made": "made a password link for",
    "member.link-mailed": "mailed a link to",
    "member.signed-out": "signed out",
    "group.created": "created the group",
    "group.changed": "changed the group",
    "group.deleted": "deleted the group",
    "group.members-added": "added members to",
    "group.members-removed": "removed members from",
    "role.created": "created the role",
    "role.changed": "changed the role",
    "role.deleted": "deleted the role",
    "role.replaced": "replaced for everyone the",
    "token.created": "made the token",
    "token.revoked": "revoked the token",
    "client.registered": "registered the OAuth client",
    "consent.granted": "authorized",
    "consent.connected": "connected",
    "consent.denied": "denied access to",
    "consent.ended": "ended the access of",
    "provisioning.enabled": "switched SCIM on in",
    "provisioning.disabled": "switched SCIM off in",
    "provisioning.groups-enabled": "switched group management on in",
    "provisioning.groups-disabled": "switched group management off in",
    "provisioning.mass-deactivation-rule-changed": "changed the rule for mass deactivation in",
    "workspace.mass-deactivation": "deactivated unusually many members of",
    "workspace.mass-deactivation-held": "deactivated unusually many members, and further ones are held, in",
    "workspace.mass-deactivation-undone": "undid a mass deactivation in",
    "workspace.mass-deactivation-kept": "left a mass deactivation as it is in",
    "workspace.mass-deactivation-let-through": "let held deactivations through in",
    "workspace.created": "created",
    "workspace.plan-changed": "changed the plan of",
    "workspace.seats-changed": "changed the seats of",
    "workspace.repaired": "had everybody counted anew in",
    "workspace.log-days-changed": "changed how long the provisioning log is kept in",
    "member.recovery-link-made": "made a recovery link for",
    "member.recovery-codes-made": "made recovery codes for",
    "member.recovery-code-used": "used a recovery code as",
    "client.removed": "removed the OAuth client",
    "client.secret-reset": "reset the secret of the OAuth client",
    "sso.connection-saved": "saved the connection",
    "sso.connection-activated": "activated the connection",
    "sso.connection-changed": "changed the connection",
    "sso.connection-refreshed": "read the metadata again of",
    "sso.connection-retired": "retired the connection",
    "sso.mode-changed": "changed single sign-on in",
    "sso.certificate-made": "made a certificate for",
    "sso.certificate-switched": "switched the certificate of",
    "sign-out.sso": "signed out with SSO as",
    "sign-in.password": "signed in with a password as",
    "sign-in.sso": "signed in with SSO as",
    "sign-in.recovery": "signed in by recovery as",
}


@dataclass(frozen=True)
class Narrow:
    """What the log is narrowed to; empty texts narrow nothing. `area` is the part of an action before its dot, `span` one of SPANS."""

    text: str = ""
    area: str = ""
    span: str = ""
    subject_id: str = ""


def listing(ctx: Context, narrow: Narrow) -> Listing[AuditEntry]:
    """The entries that fit, the latest first."""
    branch: list[Condition] = [AuditEntry.workspace_id == ctx.workspace.id]
    if narrow.area:
        branch.append(AuditEntry.action.startswith(f"{narrow.area}.", autoescape=True))
    if narrow.span in SPANS:
        branch.append(AuditEntry.at >= ctx.now - SPANS[narrow.span])
    if narrow.subject_id:
        branch.append(AuditEntry.subject_id == narrow.subject_id)
    text = narrow.text.strip().replace("\x00", "")
    if text:
        named = AuditEntry.subject_label.icontains(text, autoescape=True) | AuditEntry.actor_label.icontains(text, autoescape=True)
        branch.append(named)
    return Listing(AuditEntry, [AuditEntry.seq], [branch])


def sentence(entry: AuditEntry, group: str = "group") -> str:
    """What happened, in a sentence: "Grace Hopper deactivated Ada Lovelace"; `group` is what the product calls a group."""
    verb = ACTIONS.get(entry.action, f"did “{entry.action.replace('.', ' ').replace('-', ' ')}” to")
    if entry.action.startswith(("sign-in.", "sign-out.", "member.recovery-code-used")) and entry.actor_id in (None, entry.subject_id):
        return told(Name(entry.subject_label), f" {verb.removesuffix(' as')}")
    if entry.action in ("member.changed", "group.changed") and not entry.before.get("provisioned", True) and entry.after.get("provisioned"):
        verb = verb.replace("changed", "linked")
    called = re.sub(r"\bgroup\b", lambda _: group, verb)
    return told(Name(entry.actor_label), f" {called} ", Name(entry.subject_label))


def changes(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """What changed: field, before, after, each as text."""
    names = sorted({*entry.before, *entry.after})
    return [(name.replace("_", " "), _text(entry.before.get(name)), _text(entry.after.get(name))) for name in names]


def _text(value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
