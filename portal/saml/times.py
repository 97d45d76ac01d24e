"""Times in messages, judged with three minutes of tolerance for clocks that differ."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.saml.refused import Refused
from portal.saml.xml import Element, instant

SKEW = timedelta(minutes=3)


def moment_of(element: Element, name: str) -> datetime:
    """The instant in an attribute; raises Refused when it is missing or unreadable."""
    value = element.get(name, "")
    try:
        return instant(value)
    except (ValueError, OverflowError):
        raise Refused("time-unreadable", said=f"{name}=“{value}”") from None


def not_before(element: Element, now: datetime, name: str = "NotBefore") -> None:
    """Raises Refused when the attribute names a moment that is still to come."""
    if element.get(name) is not None and moment_of(element, name) > now + SKEW:
        raise Refused("not-yet-valid", said=f"{name} {element.get(name)}", expected=f"now it is {now.isoformat(timespec='seconds')}")


def not_on_or_after(element: Element, now: datetime, name: str = "NotOnOrAfter", *, code: str = "expired") -> datetime | None:
    """The moment in the attribute, None without it; raises Refused when it has passed."""
    if element.get(name) is None:
        return None
    moment = moment_of(element, name)
    if moment <= now - SKEW:
        raise Refused(code, said=f"{name} {element.get(name)}", expected=f"now it is {now.isoformat(timespec='seconds')}")
    return moment
