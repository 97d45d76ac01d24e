"""What a remote server can do wrong."""

from __future__ import annotations

from http import HTTPStatus


def phrase(status: int) -> str:
    """The reason phrase of a status, whatever the server wrote."""
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else str(status)


class RemoteError(Exception):
    """An answer that ends a job: reason phrase, status (0 when none came) and the server's own words."""

    def __init__(self, reason: str, status: int = 0, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.status, self.detail = reason, status, detail

    def __str__(self) -> str:
        """As Okta writes it under Tasks."""
        told = f" Errors reported by remote server: {self.detail}" if self.detail else ""
        return f"{self.reason}.{told}"


class Paused(RemoteError):
    """The server went on answering 429; the job waits."""
