"""Prometheus metrics at /metrics: requests by route and outcome, latency, database connections, what provisioning did, refused tokens."""

from __future__ import annotations

import ipaddress
import os
import time
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, Response, abort, g
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from portal.extensions import db
from portal.web.guards import guard
from portal.web.proxies import the_g, the_request
from portal.web.tenancy import BARE, client_ip

blueprint = Blueprint("metrics", __name__)

REQUESTS = Counter("portal_requests_total", "Requests answered.", ["method", "route", "status"])
LATENCY = Histogram(
    "portal_request_seconds", "Time to answer.", ["route"], buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
)
POOL = Gauge("portal_database_connections", "Database connections, by state.", ["state"], multiprocess_mode="livesum")
EVENTS = Counter("portal_provisioning_events_total", "Operations of a directory that wrote or failed.", ["operation", "outcome"])
TOKEN_FAILURES = Counter("portal_token_failures_total", "Tokens, codes and clients that were refused.", ["boundary", "reason"])
# A client may send any word as method; each would be a line for ever.
_METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}


def init_app(app: Flask) -> None:
    """Counts each request and registers the route."""
    app.after_request(_count)
    app.register_blueprint(blueprint)


def _near() -> None:
    address = ipaddress.ip_address(client_ip() or "0.0.0.0")  # noqa: S104 - an address to compare, not to bind
    if g.site != BARE or not (address.is_loopback or address.is_private):
        abort(404)


@blueprint.get("/metrics")
@guard("from a private address", _near)
def metrics() -> Response:
    """All processes' figures in the Prometheus text format, for callers on a private or loopback address only."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _count(response: Response) -> Response:
    asked, began = the_request(), the_g().get("began")
    rule, method = asked.url_rule, asked.method
    route = rule.rule if rule else "none"
    _requests(method if method in _METHODS else "other", route, response.status_code).inc()
    if began is not None:
        _latency(route).observe(time.perf_counter() - began)
    pool: Any = db.engine.pool
    _pool("used").set(pool.checkedout())
    _pool("idle").set(pool.checkedin())
    return response


# `labels` looks its child up under a lock, by texts that it makes anew.
@lru_cache(2000)
def _requests(method: str, route: str, status: int) -> Counter:
    return REQUESTS.labels(method, route, str(status))


@lru_cache(500)
def _latency(route: str) -> Histogram:
    return LATENCY.labels(route)


@lru_cache(2)
def _pool(state: str) -> Gauge:
    return POOL.labels(state)
