"""Filters that ask for what an attribute's type cannot do."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.scim import resources
from portal.scim.attributes import ENTERPRISE_URN
from portal.scim.filters import Malformed
from portal.scim.paging import Listing
from tests import factories
from tests.scim.population import BASE

REFUSED = {
    "userName eq true": ("text", 13),
    "userName eq 5": ("double quotes", 13),
    "userName gt null": ("null", 13),
    "userName co 5": ("double quotes", 13),
    'active gt "x"': ("boolean", 1),
    "active gt true": ("no order", 1),
    'active co "t"': ("is for text", 1),
    'active eq "yes"': ("true or false", 11),
    "active eq 1": ("true or false", 11),
    'name eq "x"': ("name.formatted", 1),
    'meta eq "x"': ("meta.resourceType", 1),
    'addresses co "x"': ("addresses.formatted", 1),
    'emails[primary lt true]': ("no order", 8),
    'emails[nothing gt true]': ("no order", 19),
    'meta.created gt "yesterday"': ("date and time", 17),
    'meta.created co "2026"': ("is for text", 1),
    'meta.created gt "0001-01-01T00:00:00+14:00"': ("date and time", 17),
    'x509Certificates gt "x"': ("binary", 1),
    'password eq "secret"': ("password", 1),
    "password pr": ("password", 1),
    "unknown co true": ("double quotes", 12),
    "unknown lt false": ("no order", 12),
    f'{ENTERPRISE_URN} eq "x"': ("is a schema", 1),
    'userName eq "x" and (': ("attribute", 22),
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_a_filter_that_cannot_be_run_is_refused_with_its_character(app: Flask, text: str) -> None:
    factories.make_workspace(app, "acme", "Acme")
    words, at = REFUSED[text]
    with factories.inside(app, "acme") as ctx:
        kind = resources.build(ctx.profile).user
        with pytest.raises(Malformed, match=words) as refusal:
            Listing.of(ctx, kind, BASE, {"filter": text})
    assert refusal.value.at == at
