"""Every route has exactly one guard, which says on which host it lives and who may pass."""

from typing import Any

from flask import Flask

from portal import own_names


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


def test_the_portals_own_paths_are_kept_from_profiles(app: Flask):
    chosen = ("saml.acs", "saml.slo")
    ours = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint not in chosen and not rule.rule.startswith(("/<", "/."))}
    assert {rule for rule in ours if not own_names.is_own_path(rule)} <= {"/", "/favicon.ico"}
    assert [own for own in own_names.PATHS if not any(f"{rule}/".startswith(f"/{own}/") for rule in ours)] == []
