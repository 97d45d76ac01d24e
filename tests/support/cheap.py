"""What a run need not pay for again and again: routes and templates are compiled once in it, passwords of tests hashed with little work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

from portal import vault
from tests.support import services


def begin() -> None:
    """Saves all three in this process; what starts as a program of its own is as dear as ever."""
    directory = services.run_directory() / "templates"
    directory.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(directory))}
    Rule._compile_builder = _once(Rule._compile_builder)  # type: ignore[assignment, method-assign]
    vault._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    vault._DECOY = vault.hash_password("nobody's")


def _once(compiled: Callable[[Rule, bool], Any]) -> Callable[[Rule, bool], Any]:
    """Werkzeug compiles two functions for each route of each application; they depend on nothing but what the route says."""
    made: dict[tuple[object, ...], Any] = {}

    def builder(rule: Rule, append_unknown: bool = True) -> Any:
        converters = {name: type(converter) for name, converter in rule._converters.items()}
        said = (rule.rule, tuple(rule._trace), repr(rule.defaults), repr(converters), append_unknown)
        if said not in made:
            made[said] = compiled(rule, append_unknown)
        return made[said]

    return builder
