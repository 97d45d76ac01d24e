"""SCIM 1.1's own addresses, beside those of Users and Groups: discovery."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from portal.scim import resource_views
from portal.scim.auth import scim
from portal.scim.call import current
from portal.scim.responses import answer, options
from portal.scim.v1 import discovery

blueprint = Blueprint("scim_v1", __name__, url_prefix="/scim/v1")
blueprint.after_request(options)
resource_views.serve(blueprint)


@blueprint.get("/ServiceProviderConfigs")
@scim()
def service_provider_configs() -> Response:
    """What the server does."""
    return answer(discovery.config(current().base, current_app.config["SETTINGS"], current().ctx.profile))


@blueprint.get("/ResourceTypes")
@scim()
def resource_types() -> Response:
    """The resource types."""
    return answer(discovery.resource_types(discovery.served(current().resources, current().ctx.profile)))


@blueprint.get("/Schemas")
@scim()
def schemas() -> Response:
    """The schemas."""
    return answer(discovery.schemas(discovery.served(current().resources, current().ctx.profile)))
