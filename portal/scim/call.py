"""One SCIM request: who asks, which workspace, where it is served."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flask import g

from portal.config import Settings
from portal.domain import roles
from portal.domain.context import Context
from portal.domain.opening import Opened
from portal.scim.attributes import Resources
from portal.scim.dialects import Dialect
from portal.web.proxies import the_app, the_g
from portal.web.tenancy import API


@dataclass(frozen=True)
class Call:
    """`base` is the URL that resources' locations begin with: of the host that was asked, without a slash at the end."""

    ctx: Context
    opened: Opened
    dialect: Dialect
    resources: Resources
    base: str

    @cached_property
    def custom_role_names(self) -> dict[str, str]:
        """The folded names of the workspace's custom roles, by id."""
        return {role.id: role.name_folded for role in roles.custom_roles(self.ctx)}

    @classmethod
    def begin(cls, ctx: Context, opened: Opened, dialect: Dialect) -> Call:
        """The call of this request, also found by `current`."""
        kept, app = the_g(), the_app()
        settings: Settings = app.config["SETTINGS"]
        subdomain = "api" if kept.site == API else ctx.workspace.slug
        kept.scim = made = cls(ctx, opened, dialect, app.extensions["scim-resources"], settings.url(subdomain, dialect.prefix))
        return made


def current() -> Call:
    """The call of this request, once its guard let it pass."""
    call: Call = g.scim
    return call
