"""Integrations: the base URL and the header tokens that open SCIM, each secret shown once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectMultipleField, StringField
from wtforms.validators import InputRequired

from portal.admin import oauth_clients
from portal.domain import clients, matching, provisioning, seats, tokens
from portal.domain.errors import Invalid, NotFound, Taken
from portal.domain.permissions import Permission
from portal.domain.scopes import ALL, offered, sentence
from portal.models import Token
from portal.web.addresses import scim_base_urls
from portal.web.guards import needs

blueprint = Blueprint("integrations", __name__)
blueprint.register_blueprint(oauth_clients.blueprint)


class TokenForm(FlaskForm):
    """A new header token; `once` keeps a reload from making a second one."""

    once = HiddenField(default=lambda: uuid4().hex)
    name = StringField("Name", validators=[InputRequired("Enter a name, so that you can tell tokens apart.")])
    scopes = SelectMultipleField("What it may do", choices=ALL, default=ALL)  # type: ignore[arg-type]
    expires_in_days = StringField("Days until it expires")

    def life(self) -> timedelta | None:
        """How long the token lives, None for ever; raises Invalid."""
        typed = (self.expires_in_days.data or "").strip()
        if not typed:
            return None
        if not typed.isascii() or not typed.isdigit() or not 1 <= int(typed[:6]) <= 3650:
            raise Invalid("Enter a number of days from 1 to 3650, or leave this empty.", field="expires_in_days")
        return timedelta(days=int(typed))


@blueprint.get("/integrations")
@needs(Permission.MANAGE_PROVISIONING)
def index() -> str:
    """The base URL, the header tokens, and the OAuth clients of custom Okta apps."""
    return render_template(
        "admin/integrations/index.html",
        base_urls=scim_base_urls(g.workspace),
        tokens=[(token, tokens.days_left(token, g.ctx.now)) for token in tokens.header_tokens(g.ctx)],
        clients=clients.own(g.ctx),
        every_scope=len(_scopes()),
        scim_is_on=provisioning.is_on(g.ctx),
        switches_on=tokens.switches_on(g.ctx),
    )


@blueprint.get("/integrations/tokens/new")
@needs(Permission.MANAGE_PROVISIONING)
def new_token() -> str:
    """Asks what the token is for."""
    return _form(TokenForm())


@blueprint.post("/integrations/tokens/new")
@needs(Permission.MANAGE_PROVISIONING)
def make_token() -> Any:
    """Makes the token and shows its secret, this one time."""
    form = TokenForm()
    if not form.validate_on_submit():
        return _form(form), 422
    try:
        token, secret = tokens.connect(
            g.ctx, name=form.name.data or "", scope=form.scopes.data or [], expires_in=form.life(), once=(form.once.data or "")[:100]
        )
    except Taken as error:
        flash(error.message, "info")
        return redirect(url_for("integrations.index"), 303)
    except Invalid as error:
        form[error.field if error.field in form else "name"].errors = [error.message]
        return _form(form), 422
    return secret_page(token, secret)


@blueprint.get("/integrations/add")
@needs(Permission.MANAGE_PROVISIONING)
def choose() -> str:
    """What can be added, where the product has a list of integrations."""
    _only_where_there_is_a_list()
    return render_template("admin/integrations/choose.html", tokens=tokens.header_tokens(g.ctx), once=uuid4().hex, **_outlook())


@blueprint.post("/integrations/add")
@needs(Permission.MANAGE_PROVISIONING)
def add() -> Any:
    """Adds Okta: makes a token with every scope and shows its secret, this one time."""
    _only_where_there_is_a_list()
    try:
        return secret_page(*tokens.connect(g.ctx, name="Okta", once=request.form.get("once", "")[:100]))
    except Taken as error:
        flash(error.message, "info")
        return redirect(url_for("integrations.index"), 303)


@blueprint.get("/integrations/tokens/<uuid:token_id>")
@needs(Permission.MANAGE_PROVISIONING)
def show_token(token_id: UUID) -> str:
    """A token with its secret masked, beside the base URL."""
    token = tokens.get(g.ctx, str(token_id))
    return render_template(
        "admin/integrations/token.html",
        token=token,
        days_left=tokens.days_left(token, g.ctx.now),
        base_urls=scim_base_urls(g.workspace),
        every_scope=len(_scopes()),
        scim_is_on=provisioning.is_on(g.ctx),
    )


@blueprint.get("/integrations/tokens/<uuid:token_id>/reset")
@needs(Permission.MANAGE_PROVISIONING)
def ask_reset_token(token_id: UUID) -> str:
    """Says what a reset does."""
    return render_template("admin/integrations/token_reset.html", token=tokens.get(g.ctx, str(token_id)))


@blueprint.post("/integrations/tokens/<uuid:token_id>/reset")
@needs(Permission.MANAGE_PROVISIONING)
def reset_token(token_id: UUID) -> str:
    """Replaces the token and shows the new secret, this one time."""
    return secret_page(*tokens.reset(g.ctx, tokens.get(g.ctx, str(token_id))))


@blueprint.get("/integrations/tokens/<uuid:token_id>/revoke")
@needs(Permission.MANAGE_PROVISIONING)
def ask_revoke_token(token_id: UUID) -> str:
    """Says what revoking does."""
    return render_template("admin/integrations/token_revoke.html", token=tokens.get(g.ctx, str(token_id)))


@blueprint.post("/integrations/tokens/<uuid:token_id>/revoke")
@needs(Permission.MANAGE_PROVISIONING)
def revoke_token(token_id: UUID) -> Any:
    """Ends the token."""
    token = tokens.get(g.ctx, str(token_id))
    tokens.revoke(g.ctx, token)
    flash(f"The token “{token.name}” that ends in …{token.last_four} is revoked.", "success")
    return redirect(url_for("integrations.index"), 303)


def _scopes() -> list[tuple[str, str, str]]:
    """The scopes that mean something in this product: value, sentence, value."""
    return [(scope, sentence(scope, g.ctx.profile), scope) for scope in offered(g.ctx.profile)]


def _form(form: TokenForm) -> str:
    return render_template("admin/integrations/token_new.html", form=form, scopes=_scopes(), **_outlook())


def _outlook() -> dict[str, Any]:
    """What switching SCIM on would do, for a page whose button does that; the whole of it is the match report."""
    return {"outlook": matching.report(g.ctx) if tokens.switches_on(g.ctx) else None, "free": seats.free(g.ctx)}


def secret_page(token: Token, secret: str) -> str:
    """The page that shows a token's secret, in answer to the request that made it and never again."""
    return render_template(
        "admin/integrations/token_secret.html",
        token=token,
        secret=secret,
        base_urls=scim_base_urls(g.workspace),
        scim_is_on=provisioning.is_on(g.ctx),
        missing=provisioning.missing(g.ctx),
    )


def _only_where_there_is_a_list() -> None:
    if not g.ctx.profile.words.add_integration:
        raise NotFound("This product has no list of integrations.")
