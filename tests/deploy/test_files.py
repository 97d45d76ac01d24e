"""What deploy/ names is there: in the repository, in the virtual environment, in the portal's settings."""

from __future__ import annotations

import configparser
import re
import sys
from pathlib import Path

import pytest

from portal.config import Settings
from tests.structure.files import ROOT

UNITS = sorted((ROOT / "deploy").glob("*.service")) + sorted((ROOT / "deploy").glob("*.timer"))


class _Many(dict[str, str]):
    """Keeps every value of a key that stands several times."""

    def __setitem__(self, key: str, value: object) -> None:
        if key in self and isinstance(value, list):
            value = [*str(self[key]).splitlines(), *value]
        super().__setitem__(key, value)  # type: ignore[assignment]


def _unit(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, dict_type=_Many, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(path)
    return parser


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_start_programs_that_exist_and_set_settings_that_exist(path):
    unit = _unit(path)
    if path.suffix == ".timer":
        assert path.with_suffix(".service") in UNITS
        return
    service = unit["Service"]
    for name in ("ExecStart", "ExecStartPre"):
        for command in service.get(name, "").splitlines():
            program = Path(command.split()[0])
            assert program.parent == Path("/opt/portal/.venv/bin")
            assert Path(sys.executable).with_name(program.name).exists()
    for line in service.get("Environment", "").splitlines():
        setting = line.partition("=")[0].removeprefix("PORTAL_").lower()
        assert setting in Settings.model_fields
    assert (service["User"], service["NoNewPrivileges"], service["ProtectSystem"]) == ("portal", "yes", "strict")


def test_the_portals_unit_stops_gently_and_leaves_nobody_behind():
    service = _unit(ROOT / "deploy" / "portal.service")["Service"]
    assert service["KillMode"] == "mixed"
    graceful = int(re.search(r"graceful_timeout = (\d+)", (ROOT / "gunicorn.conf.py").read_text())[1])
    assert int(service["TimeoutStopSec"]) > graceful
    assert "HUP" in service["ExecReload"]
    assert service["Restart"] == "always"


def test_the_container_copies_and_runs_what_there_is():
    lines = (ROOT / "deploy" / "Containerfile").read_text().replace("\\\n", " ").splitlines()
    copied = [source for line in lines if line.startswith("COPY ") for source in line.split()[1:-1]]
    assert copied
    assert all((ROOT / source).exists() for source in copied)
    assert {"requirements.lock", "pyproject.toml"} <= set(copied)
    command = next(line for line in lines if line.startswith("CMD "))
    assert '"gunicorn", "wsgi:app"' in command
    assert "USER portal" in lines
    ignored = (ROOT / ".containerignore").read_text().split()
    assert {".git", ".venv", "instance", ".env"} <= set(ignored), "secrets and local data stay out of images"
