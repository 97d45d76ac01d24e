"""Backups of PostgreSQL: pg_dump's custom format, put back in one transaction."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import click
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine, inspect, text


class Files:
    """Files of pg_dump."""

    name = "PostgreSQL"
    begins = b"PGDMP"

    def write(self, engine: Engine, file: Path) -> None:
        """The database as it is at one moment, while others write."""
        target, secrets = _target(engine)
        _run([_program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={file}", f"--dbname={target}"], secrets)

    def others(self, engine: Engine) -> str:
        """Who else is connected; empty for nobody."""
        with engine.connect() as connection:
            found = list(connection.scalars(_OTHERS))
        engine.dispose()
        return ", ".join([*found[:5], *(["…"] if len(found) > 5 else [])])

    def read(self, engine: Engine, file: Path) -> None:
        """Makes the database what the file holds: all that is there goes and comes back in one transaction; raises ClickException."""
        target, secrets = _target(engine)
        drop = _dropping(engine)
        engine.dispose()
        script = [_program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(file)]
        psql = [_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", f"--dbname={target}"]
        with (
            subprocess.Popen(script, stdout=subprocess.PIPE) as reading,  # noqa: S603 - own arguments
            subprocess.Popen(psql, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=secrets) as writing,  # noqa: S603
        ):
            said = _pour(reading, writing, drop)
        if reading.returncode or writing.returncode:
            raise click.ClickException(
                f"The database could not be written: {said or 'pg_restore failed'}. Stop the portal first. Nothing was changed."
            )

    def check(self, file: Path) -> None:
        """Reads all of it; raises ClickException when it is damaged."""
        try:
            _run([_program("pg_restore"), "--file=/dev/null", str(file)])
        except click.ClickException as error:
            raise click.ClickException(f"{file} is damaged: {error.message} Nothing was changed.") from None

    def revision(self, file: Path) -> str:
        """The schema's version; empty when there is none."""
        said = _run([_program("pg_restore"), "--data-only", "--table=alembic_version", "--file=-", str(file)])
        rows = said.partition("COPY public.alembic_version (version_num) FROM stdin;\n")[2]
        return rows.partition("\n")[0].removeprefix("\\.")


# What has no user is PostgreSQL's own, such as autovacuum.
_OTHERS = text("""
    SELECT concat_ws(' ', nullif(application_name, ''), 'as', usename, 'from', coalesce(host(client_addr), 'this machine'), 'process', pid)
    FROM pg_stat_activity WHERE datname = current_database() AND usesysid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY pid
""")
_FUNCTIONS = text("""
    SELECT p.oid::regprocedure FROM pg_proc p WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
""")
"""Of the schema's own, not of an extension: the triggers' functions stay when tables go, and would be in the way of the backup's."""


def _dropping(engine: Engine) -> str:
    """What takes the present schema away."""
    tables = [engine.dialect.identifier_preparer.quote(name) for name in inspect(engine).get_table_names()]
    with engine.connect() as connection:
        functions = list(connection.scalars(_FUNCTIONS))
    drops = [("TABLE", tables), ("FUNCTION", functions)]
    return " ".join(f"DROP {kind} {', '.join(names)} CASCADE;" for kind, names in drops if names)


def _pour(reading: subprocess.Popen[bytes], writing: subprocess.Popen[bytes], first: str) -> str:
    """Feeds the whole script or nothing: without the last word PostgreSQL keeps what it had."""
    assert reading.stdout is not None  # noqa: S101 - for the type checker: both are pipes
    assert writing.stdin is not None  # noqa: S101
    assert writing.stderr is not None  # noqa: S101
    try:
        writing.stdin.write(f"SET lock_timeout = '10s'; BEGIN; {first}\n".encode())
        shutil.copyfileobj(reading.stdout, writing.stdin)
        if reading.wait() == 0:
            writing.stdin.write(b"\nCOMMIT;\n")
        writing.stdin.close()
    except BrokenPipeError:
        reading.kill()
    return writing.stderr.read().decode(errors="replace").strip()


def _target(engine: Engine) -> tuple[str, dict[str, str]]:
    """Everything the database URL says, as libpq wants it, and an environment with the password, which no process list shows."""
    parameters = engine.dialect.create_connect_args(engine.url)[1]
    known = {name: value for name, value in parameters.items() if name not in ("password", "context", "prepare_threshold")}
    secrets = {**os.environ, **({"PGPASSWORD": str(parameters["password"])} if "password" in parameters else {})}
    return make_conninfo("", **known), secrets


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise click.ClickException(f"{name} is not installed: it comes with PostgreSQL's client programs (Debian: postgresql-client).")
    return path


def _run(command: list[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603 - own arguments
    if done.returncode:
        raise click.ClickException(f"{Path(command[0]).name} failed: {done.stderr.strip()}")
    return done.stdout
