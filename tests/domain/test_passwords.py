"""What a stolen hash of a password costs to guess: tests hash theirs with less (`tests/support/cheap.py`), so this loads the code anew."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location

from argon2 import Parameters, Type, extract_parameters

from portal import vault

DEAR = Parameters(type=Type.ID, version=19, salt_len=16, hash_len=32, time_cost=3, memory_cost=65_536, parallelism=4)
"""The second choice of RFC 9106, for where memory is scarce."""


def test_a_hash_costs_what_rfc_9106_asks_for_and_a_decoy_costs_the_same() -> None:
    spec = spec_from_file_location("untouched_vault", vault.__file__)
    assert spec
    assert spec.loader
    untouched = module_from_spec(spec)
    spec.loader.exec_module(untouched)
    made = untouched.hash_password("a password")
    assert extract_parameters(made) == extract_parameters(untouched._DECOY) == DEAR
    assert untouched.verify_password(made, "a password")
    assert not untouched.verify_password(made, "another password")
    assert not untouched.verify_password(None, "a password")
