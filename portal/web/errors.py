"""What goes wrong, answered once: a page for people; boundaries that speak JSON register an answer of their own."""

from __future__ import annotations

from collections.abc import Callable
from traceback import format_tb
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, render_template, request, session
from flask_wtf.csrf import CSRFError
from gunicorn.http.errors import NoMoreData, ParseException
from markupsafe import escape
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError

from portal.domain.errors import DomainError, NotFound
from portal.domain.permissions import Permission, sentence
from portal.extensions import db
from portal.web.limits import seconds_until_free
from portal.web.outages import is_outage, reason

log = structlog.get_logger()

PAGES = {
    400: ("This request cannot be read", "Go back, reload the page and try again."),
    403: ("You may not do this", "Ask an owner or admin of this workspace."),
    404: (
        "There is nothing at this address",
        "Check the address, or start from the home page.",
    ),
    405: (
        "This address takes no such request",
        "Go back and use the page's own buttons.",
    ),
    409: (
        "Somebody else changed or removed this at the same moment",
        "Nothing was changed. Go back, reload the page and try again.",
    ),
    413: ("That is too large", "Choose a smaller file."),
    415: (
        "This kind of content is not taken here",
        "Go back and use the page's own form.",
    ),
    421: (
        "This address does not belong to the portal",
        "Check the address: workspaces live on subdomains of the portal.",
    ),
    429: ("Too many attempts", "Wait a minute, then try again."),
    500: (
        "Something went wrong on our side",
        "Nothing was changed. Try again; if it stays, give your operator the request id.",
    ),
    503: (
        "The portal cannot reach its database",
        "Nothing was changed. Try again in a minute.",
    ),
}

AGAIN = (429, 500, 503)
"""Where the same request may succeed a little later."""

UNDONE = (409, 500, 503)
"""Where a view may have said already that it did what could not be kept then."""

# Nothing of ours is served at a foreign host, style sheets neither.
_FOREIGN_HOST = (
    '<!doctype html><html lang="en"><head><title>{0}</title></head><body><h1>{0}</h1><p>{1}</p>'
    '<p><a href="{2}">Find your workspace</a></p><p>Error 421 · request id <code>{3}</code></p></body></html>'
)

Answer = Callable[[int, str, Exception], Response]


class UnknownWorkspace(Exception):
    """No workspace has this subdomain."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class Forbidden(Exception):
    """The signed-in member lacks a permission."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission.name)
        self.permission = permission


def init_app(app: Flask) -> None:
    """One handler for each family of failures; `app.extensions['portal-answers']` maps path prefixes to boundaries' own answers."""
    app.extensions["portal-answers"], app.extensions["portal-readers"] = {}, {}
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(UnknownWorkspace, _unknown_workspace)
    app.register_error_handler(Forbidden, _forbidden)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(SQLAlchemyError, _database)
    for broken in (ParseException, NoMoreData):
        app.register_error_handler(broken, _broken_body)


def answer_under(app: Flask, prefix: str, answer: Answer, *reads: str) -> None:
    """Lets a boundary write every error under `prefix`: `answer(status, detail, error)`, also for those raised by routing.

    Elsewhere, too, for a client that reads one of the media types `reads` rather than a page: it was given a wrong base URL.
    """
    app.extensions["portal-answers"][prefix] = answer
    app.extensions["portal-readers"].update(dict.fromkeys(reads, answer))


def _answer(
    status: int,
    error: Exception,
    *,
    title: str = "",
    detail: str = "",
    template: str = "errors/error.html",
    **extra: Any,
) -> Response:
    usual = PAGES.get(status, PAGES[400])
    boundary = _boundary()
    if boundary:
        return boundary(status, detail or title or f"{usual[0]}.", error)
    if status in UNDONE and request.method == "POST":
        session.pop("_flashes", None)
    if status == 421:
        foreign = _FOREIGN_HOST.format(*usual, current_app.config["SETTINGS"].base_url, escape(g.get("request_id", "")))
        return Response(foreign, status, content_type="text/html; charset=utf-8")
    page = render_template(
        template,
        status=status,
        title=title or usual[0],
        what_happened=detail,
        what_to_do=usual[1],
        request_id=g.get("request_id", ""),
        again=request.full_path.rstrip("?") if status in AGAIN and request.method == "GET" else "",
        **extra,
    )
    return Response(page, status, content_type="text/html; charset=utf-8")


def _boundary() -> Answer | None:
    """The boundary that writes the answer: by the path, or by what the client reads where that is no page."""
    for prefix, boundary in current_app.extensions["portal-answers"].items():
        if request.path.startswith(prefix):
            return boundary  # type: ignore[no-any-return]
    readers: dict[str, Answer] = current_app.extensions["portal-readers"]
    return readers.get(request.accept_mimetypes.best_match(["text/html", *readers]) or "")


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    original = getattr(error, "original_exception", None)
    if isinstance(error, InternalServerError):
        if isinstance(original, SQLAlchemyError):
            return _database(original)
        log.error("unhandled", exc_info=original or error, route=request.url_rule.rule if request.url_rule else "")
    response = _answer(status, error)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    if status == 429:
        response.headers.setdefault("Retry-After", str(seconds_until_free()))
    return response


def _csrf(error: CSRFError) -> Response:
    return _answer(
        400,
        error,
        title="This form has expired",
        detail="The page was open for too long, or was opened before you signed in.",
    )


def _broken_body(error: Exception) -> Response:
    """What the server raises while a view reads the body: it was understood no better than a request line that is none."""
    return _answer(400, error, detail="The body ends too early, or is not cut into chunks as HTTP has it. Send it again.")


def _unknown_workspace(error: UnknownWorkspace) -> Response:
    return _answer(
        404,
        error,
        title="There is no such workspace",
        template="unknown_workspace.html",
        slug=error.slug[:63],
        finder_url=current_app.config["SETTINGS"].base_url,
    )


def _forbidden(error: Forbidden) -> Response:
    lacking = sentence(error.permission, current_app.config["PROFILE"])
    return _answer(
        403,
        error,
        detail=f"Your role lacks this right: {lacking[0].lower()}{lacking[1:]}",
    )


def _not_found(error: NotFound) -> Response:
    return _answer(404, error)


def _domain(error: DomainError) -> Response:
    return _answer(422, error, title="This was refused", detail=error.message)


def _database(error: SQLAlchemyError) -> Response:
    route = request.url_rule.rule if request.url_rule else ""
    if isinstance(error, StaleDataError):
        db.session.rollback()  # or the page could not read who asked
        return _answer(409, error)
    if is_outage(error):
        log.error("database-unavailable", error=reason(error), route=route)
        # What was loaded could not be loaded again for the page.
        g.workspace = g.ctx = g.member = None
        response = _answer(503, error)
        response.headers["Retry-After"] = "5"
        return response
    # Not the exception's own text: PostgreSQL's further lines hold values.
    trace = "".join(format_tb(error.__traceback__))
    log.error("database-error", error=reason(error), statement=getattr(error, "statement", None), trace=trace, route=route)
    return _answer(500, error)
