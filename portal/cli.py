"""`portal`: the operator's commands. Answers go to standard output, everything else to standard error."""

from __future__ import annotations

import sys

import click

from portal.commands import audit, database, doctor, keys, maintenance, notify, oauth_clients, tokens, workspaces
from portal.config import SettingsError
from portal.domain.errors import DomainError
from portal.profile import ProfileError


@click.group(
    help="Runs and looks after a Workspace Portal.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
def root() -> None:
    """The commands, by noun."""


for command in (
    database.db,
    workspaces.workspace,
    tokens.token,
    oauth_clients.oauth_client,
    keys.keys,
    audit.audit,
    doctor.doctor,
    maintenance.prune,
    notify.notify,
    maintenance.backup,
    maintenance.restore,
):
    root.add_command(command)


def main() -> None:
    """Runs a command; a refusal is a line on standard error and exit status 1."""
    try:
        root(standalone_mode=False)
    except (SettingsError, ProfileError) as error:
        _stop(f"Workspace Portal cannot start.\n{error}")
    except DomainError as error:
        _stop(error.message)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        _stop("Stopped.")


def _stop(message: str) -> None:
    click.echo(message, err=True)
    sys.exit(1)
