"""Failure injection: one-shot faults that an admin arms to see how the product refuses."""

from __future__ import annotations

from standin.apps import App, Failure

FAILURES = {
    "wrong-token": ("Wrong token", "The next SCIM request carries a token that nobody issued."),
    "clock-skew": ("Clock skew", "The next sign-in is issued by a clock that is off by the minutes below."),
    "replay": ("Replay the last SAML response", "The next sign-in sends the last response a second time."),
    "altered": ("Altered assertion", "The next assertion is changed after it was signed."),
    "unsigned": ("Unsigned", "The next response carries no signature."),
    "wrong-audience": ("Wrong audience", "The next assertion is meant for another service provider."),
    "wrong-recipient": ("Wrong recipient", "The next response is addressed to another URL."),
    "expired": ("Expired", "The next assertion ended an hour ago."),
}


def arm(app: App, kind: str, minutes: int = 0) -> None:
    """Arms a fault of `FAILURES`; an empty kind disarms."""
    app.failure = Failure(kind, minutes) if kind in FAILURES else Failure()


def take(app: App, *kinds: str) -> Failure | None:
    """The armed fault when it is one of these, which disarms it."""
    if app.failure.kind not in kinds:
        return None
    taken, app.failure = app.failure, Failure()
    return taken
