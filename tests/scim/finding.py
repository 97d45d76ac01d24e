"""Whom a filter finds: in SQL, and in the documents that clients see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from portal.domain import provisioning
from portal.domain.context import Context
from portal.scim.attributes import ResourceType
from portal.scim.filters import Filter, matches
from portal.scim.paging import MAX_COUNT, Listing
from tests import factories
from tests.scim.people import settle
from tests.scim.population import BASE
from tests.support import site


@contextmanager
def peopled(app: Flask) -> Iterator[Context]:
    """The workspace acme with the people of `people`."""
    factories.make_workspace(app, "acme", "Acme")
    factories.enable_scim(app, "acme")
    with factories.inside(app, "acme") as ctx:
        provisioning.switch_groups(ctx, True)
    settle(app, sender(app))
    with factories.inside(app, "acme") as ctx:
        yield ctx


def sender(app: Flask) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """Posts to SCIM of acme and returns what was made."""
    http, headers = site.client(app, "acme"), {"Authorization": f"Bearer {factories.make_token(app, 'acme')}"}

    def send(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = http.post(f"/scim/v2{path}", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return dict(answer.get_json())

    return send


def found(ctx: Context, kind: ResourceType, text: str) -> list[str]:
    """The ids that SQL finds, in order of creation; the list's length, which may come from counts, is theirs."""
    listing = Listing.of(ctx, kind, BASE, {"filter": text})
    ids = [row.id for row in listing.rows(1, MAX_COUNT)]
    assert listing.total() == len(ids), text
    return ids


def expected(documents: list[dict[str, Any]], kind: ResourceType, node: Filter) -> list[str]:
    """The ids of the documents that satisfy the filter."""
    return [document["id"] for document in documents if matches(node, document, kind)]
