"""The checks that read the code instead of running it; each is a command of its own, here so that one line sums up all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.structure.files import ROOT

CHECKS = {
    "mypy": ["mypy", "--no-error-summary"],
    "ruff check": ["ruff", "check", "--output-format", "concise", "--no-cache", "."],
    "ruff format": ["ruff", "format", "--check", "--no-cache", "."],
    "lint-imports": ["lint-imports", "--no-logo", "--no-cache"],
    "djlint": ["djlint", "--quiet", "--lint", "templates", "standin/templates"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_check_finds_nothing(name):
    program, *arguments = CHECKS[name]
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"}, check=False)
    assert done.returncode == 0, f"{name}\n{done.stdout}{done.stderr}"
