"""`portal`: the operator's commands. Answers go to standard output, everything else to standard error."""

from __future__ import annotations

import sys

import click
from sqlalchemy.exc import SQLAlchemyError

from portal.commands import audit, backups, database, doctor, keys, notify, oauth_clients, prune, repair, tokens, workspaces
from portal.config import SettingsError
from portal.domain.errors import DomainError
from portal.profile_file import ProfileError
from portal.vault import UndecryptableError
from portal.web.outages import is_outage, lacks_schema, reason


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
    prune.prune,
    repair.repair,
    notify.notify,
    backups.backup,
    backups.restore,
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
    except UndecryptableError as error:
        _stop(f"There is {error}: add the key that it was made with. Nothing was changed. portal doctor says which it is.")
    except SQLAlchemyError as error:
        if is_outage(error):
            _stop(f"The database does not answer: {reason(error)}\nportal doctor says more.")
        if lacks_schema(error):
            _stop("The database lacks tables that this portal needs. Run portal db upgrade.")
        raise
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        _stop("Stopped.")


def _stop(message: str) -> None:
    click.echo(message, err=True)
    sys.exit(1)
