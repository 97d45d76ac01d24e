"""The pages: one module for each noun; each app tab is a blueprint with a `show`."""

from __future__ import annotations

from flask import Blueprint

from standin.views import (
    api,
    apps,
    assignments,
    consent,
    failures,
    general,
    groups,
    home,
    idp,
    imports,
    people,
    provisioning,
    push_groups,
    requests,
    sign_in,
    sign_on,
    tasks,
)


def blueprints() -> list[Blueprint]:
    """All of them."""
    modules = (
        api, apps, assignments, consent, failures, general, groups, home, idp, imports, people, provisioning,
        push_groups, requests, sign_in, sign_on, tasks,
    )  # fmt: skip
    return [module.pages for module in modules]
