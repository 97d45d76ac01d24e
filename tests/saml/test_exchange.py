"""The pure function: every folder of `tests/assertions`, and how long each takes."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.certificates import make
from portal.domain.refusals import REASONS
from portal.saml import exchange
from portal.saml.refused import Refused
from tests.saml.cases import Case, cases

BAD, GOOD = cases("bad"), cases("good")
COMPARED = ("issuer-wrong", "destination-wrong", "recipient-wrong", "audience-wrong", "in-response-to-wrong")


@pytest.fixture(scope="session")
def own_keys() -> list[tuple[str, str]]:
    """Two keys of the workspace, as (certificate, private key); the second one waits."""
    made = [make("acme", datetime.now(UTC), timedelta(days=10)) for _ in range(2)]
    return [(certificate, private.decode()) for certificate, private in made]


def judge(case: Case, own_keys: list[tuple[str, str]]) -> exchange.Verified:
    content = case.content(own_keys[1][0])
    began = time.process_time()
    try:
        return exchange.verify(exchange.read(content), case.connection(), case.expected(), case.now(), [private for _, private in own_keys])
    finally:
        assert time.process_time() - began < 1


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_a_bad_response_is_refused_with_its_reason(case, own_keys):
    with pytest.raises(Refused) as refused:
        judge(case, own_keys)
    assert refused.value.code == case.reason
    if case.reason in COMPARED:
        assert refused.value.expected or case.expected().request_id is None, "the admin must read what was expected"


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_a_good_response_says_who_signs_in(case, own_keys):
    verified = judge(case, own_keys)
    wanted = {"name_id": "ada@acme.example", **case.facts.get("identity", {})}
    assert {name: getattr(verified.identity, name) for name in wanted} == wanted
    assert verified.identity.session_index == "id-session-1"
    assert verified.valid_until < datetime.now(UTC) + timedelta(hours=25)


def test_every_reason_of_a_case_has_words():
    assert {case.reason for case in BAD} - set(REASONS) == set()
