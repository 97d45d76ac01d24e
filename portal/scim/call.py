"""One SCIM request: who asks, which workspace, where it is served."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portal.config import Settings
from portal.domain import roles
from portal.domain.context import Context
from portal.domain.opening import Opened, Opening
from portal.scim.attributes import Resources
from portal.scim.dialects import Dialect
from portal.web.proxies import the_app, the_g
from portal.web.tenancy import API

Along = tuple[Opening, dict[str, Any]]
"""What a read is bound to look up, and the values of its parameters."""


@dataclass(frozen=True)
class Call:
    """`base` is the URL that resources' locations begin with: of the host that was asked, without a slash at the end.

    `read_along` is what was asked of the database together with the token, and its row.
    """

    ctx: Context
    opened: Opened
    dialect: Dialect
    resources: Resources
    base: str
    read_along: tuple[Along, tuple[Any, ...]] | None = None

    @cached_property
    def custom_role_names(self) -> dict[str, str]:
        """The folded names of the workspace's custom roles, by id."""
        return {role.id: role.name_folded for role in roles.custom_roles(self.ctx)}

    def along(self, opening: Opening, **values: Any) -> tuple[Any, ...] | None:
        """What was read along with the token, if it is what `opening` reads with these values; otherwise None."""
        known = self.read_along
        return known[1] if known is not None and known[0] == (opening, values) else None

    @classmethod
    def begin(cls, ctx: Context, opened: Opened, dialect: Dialect, read_along: tuple[Along, tuple[Any, ...]] | None = None) -> Call:
        """The call of this request, also found by `current`."""
        kept, app = the_g(), the_app()
        settings: Settings = app.config["SETTINGS"]
        subdomain = "api" if kept.site == API else ctx.workspace.slug
        base = settings.url(subdomain, dialect.prefix)
        kept.scim = made = cls(ctx, opened, dialect, app.extensions["scim-resources"], base, read_along)
        return made


def current() -> Call:
    """The call of this request, once its guard let it pass."""
    call: Call = the_g().scim
    return call
