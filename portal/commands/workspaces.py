"""`portal workspace`: create, list, show, recover, set."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click

from portal.commands.base import application, in_workspace, send_mail
from portal.domain import links, members, outbox, provisioning, recovery
from portal.domain import workspaces as domain
from portal.domain.actors import OPERATOR
from portal.domain.errors import Invalid, Unavailable
from portal.extensions import db
from portal.models import Workspace
from portal.web import mailer
from portal.web.tenancy import workspace_url


@click.group(help="Workspaces: one customer each.")
def workspace() -> None:
    """The group of workspace commands."""


@workspace.command(help="Creates a workspace and its first owner, and prints the owner's one-time link, also mailed where mail is set up.")
@click.argument("slug")
@click.option("--name", required=True, help="How pages name the customer.")
@click.option("--owner-email", required=True, help="The first owner's e-mail address.")
@click.option("--owner-name", required=True, help='The first owner\'s name, "GIVEN FAMILY".')
@click.option("--plan", help="A plan of the product profile; its default plan when left out.")
@click.option("--seats", type=int, help="How many seats; no limit when left out.")
@click.option(
    "--enable-scim",
    is_flag=True,
    help="Switches SCIM on without waiting for a SAML connection.",
)
def create(
    slug: str,
    name: str,
    owner_email: str,
    owner_name: str,
    plan: str | None,
    seats: int | None,
    enable_scim: bool,
) -> None:
    """Creates everything in one transaction, so that a refusal leaves nothing behind."""
    with application() as app:
        ctx = domain.create(
            db.session(),
            app.config["PROFILE"],
            datetime.now(UTC),
            OPERATOR,
            slug=slug,
            name=name,
        )
        if plan:
            domain.set_plan(ctx, plan)
        given, _, family = owner_name.strip().partition(" ")
        if not given:
            raise Invalid('--owner-name: give the owner\'s name, as in "Ada Lovelace".')
        if "@" not in owner_email:
            raise Invalid(f"--owner-email: “{owner_email}” is not an e-mail address.")
        owner = members.create(
            ctx,
            {
                "user_name": owner_email.strip(),
                "email": owner_email.strip(),
                "given_name": given,
                "family_name": family.strip(),
                "role": ctx.profile.owner_role,
            },
            source="manual",
            owner=True,
        )
        if seats is not None:
            if seats < ctx.workspace.seats_used:
                raise Invalid(f"--seats: the owner uses a seat, so {seats} are too few.")
            domain.set_seats(ctx, seats)
        if enable_scim:
            ctx.workspace.scim_override = True
            _enable(ctx)
        path = f"/set-password/{links.make(ctx, owner, 'invitation')}"
        if mailer.is_on():
            outbox.queue_link(ctx, app.config["VAULT"], owner, "invitation", path, links.LIFETIME["invitation"])
        db.session.commit()
        click.echo(workspace_url(ctx.workspace, path))
        send_mail(app)


def _enable(ctx: Any) -> None:
    try:
        provisioning.switch(ctx, True)
        provisioning.switch_groups(ctx, ctx.profile.scim.groups)
    except Unavailable as error:
        raise Invalid(f"--enable-scim: {error.message}") from error


@workspace.command("list", help="Lists the workspaces.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_(as_json: bool) -> None:
    """One line, or one JSON object, for each workspace."""
    with application():
        rows = [_described(item) for item in domain.all_of(db.session())]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    for row in [] if as_json else rows:
        click.echo(f"{row['slug']:<24} {row['plan']:<14} {_seats(row):<14} {row['name']}")


@workspace.command(help="Shows one workspace.")
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def show(slug: str, as_json: bool) -> None:
    """Every field, one a line or as a JSON object."""
    with in_workspace(slug) as ctx:
        row = _described(ctx.workspace)
    if as_json:
        click.echo(json.dumps(row, indent=2))
    for key, value in [] if as_json else row.items():
        click.echo(f"{key}: {_word(value)}")


@workspace.command(help="Prints a link that signs an owner in once, without single sign-on.")
@click.argument("slug")
@click.option("--owner-email", help="Which owner; the first one when left out.")
def recover(slug: str, owner_email: str | None) -> None:
    """The link works for an hour; it and its use are in the workspace's audit log."""
    with in_workspace(slug) as ctx:
        owner = recovery.owner(ctx, owner_email)
        secret = links.make(ctx, owner, "recovery")
        db.session.commit()
        click.echo(workspace_url(ctx.workspace, f"/recover/{secret}"))


@workspace.command("set", help="Changes the plan or the number of seats.")
@click.argument("slug")
@click.option("--plan", help="A plan of the product profile.")
@click.option("--seats", type=int, help="How many seats there are.")
def set_(slug: str, plan: str | None, seats: int | None) -> None:
    """Changes what is given; members stay as they are."""
    if plan is None and seats is None:
        raise click.UsageError("Give --plan, --seats or both.")
    with in_workspace(slug) as ctx:
        if plan is not None:
            domain.set_plan(ctx, plan)
        if seats is not None:
            domain.set_seats(ctx, seats)
        click.echo(f"{slug}: plan {ctx.workspace.plan}, {_seats(_described(ctx.workspace))}")
        over = ctx.workspace.seats_used - (ctx.workspace.seats if ctx.workspace.seats is not None else ctx.workspace.seats_used)
        if over > 0:
            click.echo(f"{over} more than there are: nobody loses one, and nobody gets one until {over + 1} are given up.")
        if provisioning.is_paused(ctx):
            click.echo("SCIM is paused: this plan does not include it. Members stay as they are; a plan that does resumes it.")


def _word(value: Any) -> Any:
    if value is None:
        return "unlimited"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _described(item: Workspace) -> dict[str, Any]:
    return {
        "slug": item.slug,
        "name": item.name,
        "url": workspace_url(item),
        "plan": item.plan,
        "seats": item.seats,
        "seats_used": item.seats_used,
        "sso": item.sso,
        "scim_enabled": item.scim_enabled,
        "created_at": item.created_at.isoformat(),
    }


def _seats(row: dict[str, Any]) -> str:
    return f"{row['seats_used']} of {row['seats'] if row['seats'] is not None else 'unlimited'} seats"
