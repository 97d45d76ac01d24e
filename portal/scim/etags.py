"""Entity tags: weak ones made of the version that every write moves (RFC 7644 §3.14, RFC 9110 §13.1)."""

from __future__ import annotations

import re

from portal.scim.errors import PreconditionFailed

_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def tag(version: int) -> str:
    """The weak tag of a version."""
    return f'W/"{version}"'


def matches(header: str, version: int) -> bool:
    """Whether a list of tags, or `*`, names this version; weak comparison."""
    return header.strip() == "*" or str(version) in _TAG.findall(header)


def require(header: str | None, version: int) -> None:
    """Raises PreconditionFailed when `If-Match`, or the `version` of a bulk operation, names another version."""
    if header is not None and not matches(header, version):
        raise PreconditionFailed(f"The resource has changed: its version is {tag(version)} now. Read it again, then retry.")
