"""Single logout messages (SAML profiles §4.4): read and verified, or made; the browser's bindings are `redirect` and POST."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.models import Connection
from portal.saml import signatures
from portal.saml.refused import Refused
from portal.saml.times import moment_of, not_before, not_on_or_after
from portal.saml.xml import BadXml, Element, canonical, children, parse, tag, text

LIFETIME = timedelta(minutes=10)
"""How long a request is taken after it was issued when it names no end."""
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"


@dataclass(frozen=True)
class Message:
    """A logout message from outside; `root` is None of it verified until `verify`."""

    root: Element
    issuer: str
    message_id: str
    in_response_to: str


def read(content: bytes, name: str) -> Message:
    """A samlp:LogoutRequest or samlp:LogoutResponse, not verified; raises Refused."""
    try:
        root = parse(content)
    except BadXml as error:
        raise Refused(error.code) from None
    if root.tag != tag(f"samlp:{name}") or root.get("Version") != "2.0" or not root.get("ID"):
        raise Refused("not-a-logout", said=str(root.tag)[:200])
    issuer = text(next(iter(children(root, "saml:Issuer")), None))
    return Message(root, issuer, root.get("ID"), root.get("InResponseTo", ""))


def verify(message: Message, connection: Connection, slo_url: str, now: datetime, *, signed_query: bool) -> Element:
    """The message as its signature covers it; raises Refused.

    `signed_query` says that the Redirect binding's signature over the query was verified; otherwise the message carries one itself.
    """
    root = message.root
    if signed_query:
        # The whole message was signed as bytes, so it is read as it came; a signature inside would add nothing.
        content = root
    else:
        signatures.check(root, connection.certificates, allow_sha1=connection.allow_sha1)
        content = canonical(signatures.without_signature(root))
    if message.issuer != connection.issuer:
        raise Refused("issuer-wrong", said=message.issuer, expected=connection.issuer)
    if content.get("Destination") is not None and content.get("Destination") != slo_url:
        raise Refused("destination-wrong", said=content.get("Destination"), expected=slo_url)
    not_before(content, now, "IssueInstant")
    if now >= taken_until(content):
        raise Refused("expired", said=f"issued at {content.get('IssueInstant')}")
    not_on_or_after(content, now)
    return content


def taken_until(message: Element) -> datetime:
    """When a verified message is too old for `verify`."""
    return moment_of(message, "IssueInstant") + LIFETIME


def named(request: Element) -> tuple[str, list[str]]:
    """Whom a verified LogoutRequest is about: the NameID and the session indexes, none of which means every session."""
    name_id = text(next(iter(children(request, "saml:NameID")), None))
    if not name_id:
        raise Refused("name-id-missing")
    return name_id, [text(item) for item in children(request, "samlp:SessionIndex") if text(item)]


def succeeded(response: Element) -> bool:
    """Whether a verified LogoutResponse says that every session ended."""
    return [item.get("Value", "") for item in children(response, "samlp:Status", "samlp:StatusCode")] == [SUCCESS]
