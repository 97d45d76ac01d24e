"""What SCIM refuses, as classes with status and `scimType` (RFC 7644 §3.12); `detail` is for the admin who reads Okta's tasks."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain import errors as domain
from portal.scim.filters import Malformed


class ScimError(Exception):
    """An answer other than success; nothing was changed."""

    status = 400
    scim_type = ""

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None, status: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.status = status or self.status


class InvalidSyntax(ScimError):
    """The body is not what the request needs."""

    scim_type = "invalidSyntax"


class InvalidValue(ScimError):
    """A value is missing or cannot be taken."""

    scim_type = "invalidValue"


class InvalidFilter(ScimError):
    """The filter cannot be read or run."""

    scim_type = "invalidFilter"


class InvalidPath(ScimError):
    """The path of a PATCH operation cannot be read, or names nothing."""

    scim_type = "invalidPath"


class NoTarget(ScimError):
    """The path of a PATCH operation matches no value."""

    scim_type = "noTarget"


class Mutability(ScimError):
    """The attribute cannot be changed."""

    scim_type = "mutability"


class Unauthorized(ScimError):
    """No token, or one that opens nothing here."""

    status = 401


class Forbidden(ScimError):
    """The token may not do this, or the workspace does not take it."""

    status = 403


class HeldBack(Forbidden):
    """The workspace holds further deactivations until an admin decides."""


class NotFound(ScimError):
    """No such resource in this workspace."""

    status = 404


class Uniqueness(ScimError):
    """The value must be unique and is in use."""

    status = 409
    scim_type = "uniqueness"


class Conflict(ScimError):
    """The request contradicts itself or another."""

    status = 409


class PreconditionFailed(ScimError):
    """The resource has changed since the version that the request names."""

    status = 412


class TooLarge(ScimError):
    """The body or the bulk request is over the announced limit."""

    status = 413


class TooManyRequests(ScimError):
    """Too many failures from one address; `Retry-After` counts whole seconds."""

    status = 429


class NotSupported(ScimError):
    """The server does not do this."""

    status = 501


_DOMAIN: dict[type[domain.DomainError], type[ScimError]] = {
    domain.Invalid: InvalidValue,
    domain.Taken: Uniqueness,
    domain.NotFound: NotFound,
    domain.Stale: PreconditionFailed,
    domain.Held: HeldBack,
}
MISSING = "Resource not found: this workspace has none with this id."


def of(error: Exception, status: int = 500, detail: str = "") -> ScimError:
    """The SCIM error that any error is answered as; `status` and `detail` are the web kit's, for those that are not ours."""
    if isinstance(error, ScimError):
        return error
    if isinstance(error, Malformed):
        return InvalidFilter(str(error))
    if isinstance(error, domain.NotFound):
        return NotFound(MISSING)
    if isinstance(error, domain.DomainError):
        return _DOMAIN.get(type(error), Forbidden)(error.message)
    return ScimError(_ROUTING.get(status, detail), status=status)


_ROUTING = {
    404: "There is nothing at this address. Compare the base URL with the one that the portal shows; below it are /Users and /Groups.",
    405: "This address takes no such request; the Allow header lists those it takes.",
    413: "The request body is too large.",
    421: "This host does not belong to the portal. Check the base URL.",
    500: "Something went wrong on our side. Nothing was changed; try again.",
    503: "The database cannot be reached. Nothing was changed; try again in a few seconds.",
}
