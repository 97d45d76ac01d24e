"""How gunicorn serves the portal; every value can be overridden on its command line."""

import os
import shutil
import tempfile

# A thread waits on each browser's idle connection; a plain sync worker would be held up by one.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
keepalive = 65
timeout = 60
graceful_timeout = 30
max_requests_jitter = 0
accesslog = None
# An authorize request may carry a state of 4096 characters.
limit_request_line = 8190
# Workers share their figures through files.
_metrics = os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="portal-metrics-"))


def child_exit(server, worker):
    """Takes a dead worker's gauges out of the sum."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server):
    """Removes the shared files."""
    shutil.rmtree(_metrics, ignore_errors=True)
