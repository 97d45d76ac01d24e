"""How gunicorn serves the portal; every value can be overridden on its command line."""

import gc
import json
import os
import re
import shutil
import tempfile
import time

from gunicorn import util
from gunicorn.http.errors import LimitRequestLine
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import ThreadWorker

# Memory, where there is any: a full disk must stop neither the workers' heartbeat nor their figures.
_SHARED = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - only as a parent of directories of our own

# Seconds that a worker holds back from a new connection for each one it has, and at most.
_EACH, _MOST = 0.0002, 0.001


class BalancedWorker(ThreadWorker):
    """The threaded worker, which leaves a new connection to the worker that has the fewest.

    A client keeps its connections for hours, so whoever accepts them serves them: all in one worker would leave a core idle. It stands
    here because what the master imports stays as it is when workers are replaced by newer code.
    """

    def accept(self, listener):
        """Takes the connection, unless another worker, woken by it as well, did meanwhile."""
        if self.nr_conns:
            time.sleep(min(self.nr_conns * _EACH, _MOST))
        super().accept(listener)


# What to do about an address that is too long, by how it begins; the last fits every other.
_SHORTER = {
    "/scim/": "Send a shorter filter, or POST it to /.search.",
    "/oauth2/authorize": "Send a shorter state: 4096 characters at most.",
    "/oauth2/": "Send the parameters in the body, by POST.",
    "": "Begin again at the first page of the workspace.",
}
_ADDRESS = re.compile(r"\s*\S+ (?:https?://[^/?\s]*)?(\S*)", re.IGNORECASE)


class TellingRequest(Request):
    """A request that is told, when its first line is too long, what to do about an address like its own: nothing else knows the line."""

    def read_line(self, unreader, buf, limit=0):
        """The request line and what follows it; raises LimitRequestLine with the advice."""
        try:
            return super().read_line(unreader, buf, limit)
        except LimitRequestLine:
            begun = _ADDRESS.match(buf[:400].decode("latin-1"))
            address = begun[1] if begun else ""
            advice = next(advice for start, advice in _SHORTER.items() if address.startswith(start))
            raise LimitRequestLine(f"The address is too long: {limit} characters at most. {advice}") from None


RequestParser.mesg_class = TellingRequest


_TOO_LARGE = "A header is too long: 8190 characters at most, and 100 headers."


def _in_json(sock, status, reason, message):
    """What gunicorn says itself of a request that it cannot read: in the form of SCIM's errors, 2.0 and 1.1 in one.

    It does not know the address yet, and what calls an address below /scim/ reads nothing but JSON; a person can read it, too.
    """
    detail = {414: message, 431: _TOO_LARGE}.get(status, f"{reason}. {message}".strip())
    error = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": detail}
    body = json.dumps({**error, "Errors": [{"code": str(status), "description": detail}]}).encode()
    head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    util.write_nonblock(sock, head.encode("latin-1") + body)


util.write_error = _in_json

# A thread waits on each browser's idle connection; a plain sync worker would be held up by one.
worker_class = BalancedWorker
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
keepalive = 65
timeout = 60
graceful_timeout = 30
max_requests_jitter = 0
accesslog = None
worker_tmp_dir = _SHARED
# Signals are enough to manage it.
control_socket_disable = True
# An authorize request may carry a state of 4096 characters.
limit_request_line = 8190
# Workers share their figures through files.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="portal-metrics-", dir=_SHARED)
_metrics = os.environ["PROMETHEUS_MULTIPROC_DIR"]


def child_exit(server, worker):
    """Takes a dead worker's gauges out of the sum."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server):
    """Removes the shared files."""
    shutil.rmtree(_metrics, ignore_errors=True)


def post_worker_init(worker):
    """Takes what the start made out of the garbage collector's rounds, for it stays until the worker ends, and makes them rarer.

    A write makes a few thousand objects: a round every 700 of them found next to nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 50)
