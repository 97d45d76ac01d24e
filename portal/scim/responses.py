"""Answers: JSON of the dialect's media type, and every failure under /scim/ as an error of SCIM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from wsgiref.types import WSGIEnvironment

import orjson
from flask import Flask, Response
from werkzeug.datastructures import Headers

from portal.scim import dialects, errors, journal
from portal.scim.errors import ScimError
from portal.scim.filters import Malformed
from portal.web.errors import answer_under
from portal.web.proxies import the_g, the_request

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME


def init_app(app: Flask) -> None:
    """Answers what goes wrong below /scim/, also before a route is found."""
    answer_under(app, "/scim/", _refuse, "application/scim+json", "application/json")
    app.register_error_handler(ScimError, refuse)
    app.register_error_handler(Malformed, lambda error: refuse(errors.of(error)))


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`body` as JSON."""
    call = the_g().get("scim")
    dialect = call.dialect if call else dialects.current()
    text, made = orjson.dumps(body, option=_OPTIONS), Headers()
    made.add("Content-Type", dialect.media_type)
    for name, value in (headers or {}).items():
        made.add(name, value)
    made.add("Content-Length", str(len(text)))
    return _Answer([text], status, made)


class _Answer(Response):
    """An answer whose headers are whole: their length is known, their addresses are ASCII."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """The headers as they are, where Werkzeug would copy them and take each address apart."""
        return self.headers


def options(response: Response) -> Response:
    """What Flask answers to OPTIONS, without claiming that it were a page."""
    return no_content({"Allow": response.headers["Allow"]}) if the_request().method == "OPTIONS" else response


def no_content(headers: Mapping[str, str] | None = None) -> Response:
    """204: done, nothing to say."""
    response = Response(status=204, headers=headers)
    del response.headers["Content-Type"]
    return response


def refuse(error: ScimError) -> Response:
    """The error as its dialect writes it; the provisioning log keeps it when the token was good."""
    journal.failed(error)
    return answer(dialects.current().error(error), error.status, error.headers)


def _refuse(status: int, detail: str, error: Exception) -> Response:
    return refuse(errors.of(error, status, detail))
