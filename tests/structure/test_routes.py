"""Every route has exactly one guard, which says on which host it lives and who may pass."""

from typing import Any

from flask import Flask


def test_each_route_has_a_guard(app: Flask):
    unguarded = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not hasattr(app.view_functions[rule.endpoint], "guard")
    }
    assert unguarded == set()


def test_no_view_has_two_guards(app: Flask):
    """A second guard is refused when it is put on; here nothing may have slipped in between by wrapping by hand."""
    doubled: dict[str, list[str]] = {}
    for endpoint, view in app.view_functions.items():
        guards: list[str] = []
        inner: Any = view
        while inner is not None:
            if "guard" in vars(inner) and inner.guard not in guards:
                guards.append(inner.guard)
            inner = getattr(inner, "__wrapped__", None)
        if len(guards) > 1:
            doubled[endpoint] = guards
    assert doubled == {}
