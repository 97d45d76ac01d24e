"""What the domain refuses, as classes: `code` for programs, the message for people, `field` where one is to blame."""

from __future__ import annotations


class DomainError(Exception):
    """A request that breaks a rule; nothing was changed."""

    code = "refused"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Invalid(DomainError):
    """A value that cannot be taken, or one that is missing."""

    code = "invalid-value"


class Taken(DomainError):
    """A value that must be unique and is in use."""

    code = "uniqueness"


class NotFound(DomainError):
    """No such thing in this workspace; a foreign id reads the same as an unknown one."""

    code = "not-found"


class NotAllowed(DomainError):
    """The actor may not do this."""

    code = "not-allowed"


class Locked(DomainError):
    """The field or member is managed by the directory."""

    code = "managed-by-directory"


class NoSeatLeft(DomainError):
    """Every seat is in use."""

    code = "no-seat-left"


class LastOwner(DomainError):
    """The change would leave the workspace without an active owner."""

    code = "last-owner"


class Unavailable(DomainError):
    """The plan, a missing prerequisite or a switch keeps the feature off."""

    code = "unavailable"


class Held(DomainError):
    """Further deactivations wait for an admin."""

    code = "held"


class Expired(DomainError):
    """A link, code, request or token is past its time, used or unknown."""

    code = "expired"


class Stale(DomainError):
    """The resource has changed since the version the request names."""

    code = "stale"
