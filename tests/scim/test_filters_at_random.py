"""Any filter, and any look-up by a name or an address, finds in SQL what it finds in the documents that clients see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings

from portal.domain.context import Context
from portal.scim import resources
from portal.scim.attributes import ENTERPRISE_URN, ResourceType
from portal.scim.filters import Filter, Malformed, Path, parse_filter
from tests.scim.filter_texts import filters_of, text_of
from tests.scim.finding import expected, found, peopled
from tests.scim.people import documents


@pytest.fixture
def ctx(app: Flask) -> Iterator[Context]:
    """The workspace acme with the people of `people`."""
    with peopled(app) as ctx:
        yield ctx


def every_value(value: Any) -> Iterator[Any]:
    """Every plain value inside."""
    if isinstance(value, dict):
        for item in value.values():
            yield from every_value(item)
    elif isinstance(value, list):
        for item in value:
            yield from every_value(item)
    else:
        yield value


def every_path(document: dict[str, Any]) -> Iterator[Path]:
    """Every attribute and sub-attribute inside."""
    for name, value in document.items():
        urn = name if name.startswith("urn:") else ""
        inner = value.items() if urn else [(name, value)]
        for part, below in inner:
            yield Path(urn, part)
            for item in below if isinstance(below, list) else [below]:
                yield from (Path(urn, part, sub) for sub in item) if isinstance(item, dict) else ()


def test_sql_and_python_agree_on_any_filter(ctx: Context) -> None:
    """Random filters over the attributes and values that there are; what one refuses, both refuse."""
    for kind in resources.build(ctx.profile).all:
        _agree(ctx, kind, documents(ctx, kind))


def _agree(ctx: Context, kind: ResourceType, shown: list[dict[str, Any]]) -> None:
    paths = sorted({path for document in shown for path in every_path(document)}, key=str)
    values = sorted({json.dumps(value) for document in shown for value in every_value(document)})

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(filters_of(paths, [json.loads(value) for value in values]))
    def agree(node: Filter) -> None:
        text = text_of(node)
        try:
            by_sql = found(ctx, kind, text)
        except Malformed:
            return
        assert by_sql == expected(shown, kind, parse_filter(text, [ENTERPRISE_URN])), text

    agree()


def test_look_ups_by_names_and_addresses_find_all_that_there_are(ctx: Context) -> None:
    """These are narrowed by the index of names: whole and in part, in every letter case, alone and with others, it may lose nobody."""
    forms = [
        'userName {op} {text}', 'displayName {op} {text}', "name.givenName {op} {text}", "name.familyName {op} {text}",
        "name.formatted {op} {text}", "emails {op} {text}", 'emails[type eq "work" and value {op} {text}]',
        "userName eq {text} or externalId eq {text} or emails.value {op} {text}",
    ]  # fmt: skip
    user = resources.build(ctx.profile).user
    shown = documents(ctx, user)
    values = {document["userName"] for document in shown} | {"Straße", "Countess Lovelace", "Čeněk", "Ada@Home.example", "Dee", "h", "Ada "}
    finds = 0
    for value in sorted(values):
        for form in forms:
            text = form.format(op="eq", text=json.dumps(value.swapcase()))
            part = form.format(op="sw", text=json.dumps(value[:3]))
            for written in (text, part):
                ids = found(ctx, user, written)
                assert ids == expected(shown, user, parse_filter(written)), written
                finds += bool(ids)
    assert finds > 60
