"""One outbound request, logged whatever becomes of it."""

from __future__ import annotations

import time

import httpx

from standin.apps import App
from standin.org import Org
from standin.remote import RemoteError, phrase
from standin.requests_log import Exchange, pretty, redact_header


def exchange(
    org: Org, app: App, why: str, method: str, url: str, headers: list[tuple[str, str]], body: str = ""
) -> tuple[httpx.Response, Exchange]:
    """Sends a request with exactly these headers (and Host and Content-Length).

    Raises RemoteError when no answer comes or the URL cannot be used.
    """
    record = org.log.begin(app.id, why, method, url, headers, body)
    started = time.perf_counter()
    try:
        request = httpx.Request(method, url, headers=headers, content=body.encode() if body else None)
        answer = org.http.send(request)
    except httpx.TimeoutException:
        record.error = "No answer within 60 seconds."
        raise RemoteError("Connect timed out") from None
    except (httpx.TransportError, httpx.InvalidURL) as error:
        record.error = str(error) or type(error).__name__
        raise RemoteError(f"Unable to connect to {url} ({record.error})") from None
    finally:
        record.milliseconds = round((time.perf_counter() - started) * 1000)
    record.status, record.reason = answer.status_code, phrase(answer.status_code)
    record.response_headers = [(name, redact_header(name, value)) for name, value in answer.headers.items()]
    record.response_body = pretty(answer.text)
    return answer, record
