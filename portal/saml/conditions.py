"""When and for whom an assertion holds (SAML core §2.5 and §2.7.2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.saml.refused import Refused
from portal.saml.times import moment_of, not_before, not_on_or_after
from portal.saml.xml import Element, children, tag, text

LONGEST = timedelta(hours=24)
"""How long an assertion is taken after it was issued, whatever it says: so long its id must be remembered."""
_KNOWN = {tag("saml:AudienceRestriction"), tag("saml:OneTimeUse"), tag("saml:ProxyRestriction")}


def check(assertion: Element, entity_id: str, now: datetime) -> datetime:
    """When the assertion ends; raises Refused unless it holds at this moment and for this service."""
    issued = moment_of(assertion, "IssueInstant")
    not_before(assertion, now, "IssueInstant")
    if now - LONGEST >= issued:
        raise Refused("expired", said=f"issued at {issued.isoformat()}", expected=f"now it is {now.isoformat(timespec='seconds')}")
    ends = [issued + LONGEST]
    for conditions in children(assertion, "saml:Conditions"):
        not_before(conditions, now)
        end = not_on_or_after(conditions, now)
        ends += [end] if end else []
        unknown = [child.tag for child in conditions.iter("*") if child.getparent() is conditions and child.tag not in _KNOWN]
        if unknown:
            raise Refused("condition-unknown", said=unknown[0])
    _check_audience(assertion, entity_id)
    _check_sessions(assertion, now)
    return min(ends)


def _check_audience(assertion: Element, entity_id: str) -> None:
    restrictions = children(assertion, "saml:Conditions", "saml:AudienceRestriction")
    if not restrictions:
        raise Refused("audience-missing", expected=entity_id)
    for restriction in restrictions:
        audiences = [text(item) for item in children(restriction, "saml:Audience")]
        if entity_id not in audiences:
            raise Refused("audience-wrong", said=", ".join(audiences), expected=entity_id)


def _check_sessions(assertion: Element, now: datetime) -> None:
    statements = children(assertion, "saml:AuthnStatement")
    if not statements:
        raise Refused("confirmation-missing", said="no AuthnStatement", expected="one AuthnStatement")
    for statement in statements:
        not_on_or_after(statement, now, "SessionNotOnOrAfter", code="session-expired")
