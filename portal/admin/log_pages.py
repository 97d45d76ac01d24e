"""What the pages of both logs share: a page of entries, the filters that stay in the address, and the way on."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for

from portal.domain.listing import Listing

SIZE = 25


@dataclass(frozen=True)
class LogPage:
    """`rows` are the entries, `kept` the filters in the address, `about` whom the log is narrowed to, `previous` and `next` addresses."""

    view: str
    rows: Sequence[Any]
    kept: dict[str, Any]
    about: str
    previous: str | None
    next: str | None

    def address(self) -> str:
        """The log without filters."""
        return url_for(f"{self.view}.index")

    def export(self, form: str) -> str:
        """The log as it is narrowed, as a file."""
        return url_for(f"{self.view}.export", form=form, **self.kept)


def read(view: str, listing: Listing[Any], filters: Sequence[str], label: Callable[[Any], str]) -> LogPage:
    """The page of `listing` that the address asks for; `filters` are the names that may stand in it, `label` names an entry's subject."""
    page = listing.page(g.ctx, before=request.args.get("before", ""), after=request.args.get("after", ""), size=SIZE)
    kept: dict[str, Any] = {key: value for key, value in request.args.items() if key in (*filters, "span", "about", "q") and value}
    return LogPage(
        view,
        page.rows,
        kept,
        about=label(page.rows[0]) if page.rows and "about" in kept else "",
        previous=url_for(f"{view}.index", before=page.before, **kept) if page.before else None,
        next=url_for(f"{view}.index", after=page.after, **kept) if page.after else None,
    )


def text() -> str:
    """The words that the address looks for."""
    return request.args.get("q", "")[:200]


def choice(name: str, offered: Container[str]) -> str:
    """What the address chooses under `name`; empty unless it is offered."""
    chosen = request.args.get(name, "")
    return chosen if chosen in offered else ""


def about() -> str:
    """The id that the address narrows the log to, or empty."""
    return request.args.get("about", "").replace("\x00", "")[:64]
