"""Each action that anything records has a sentence."""

from __future__ import annotations

import re

from portal.domain.history import ACTIONS
from tests.structure.files import ROOT, tracked

RECORDED = re.compile(r'f?"((?:member|group|role|token|client|consent|provisioning|sso|sign-in|sign-out|workspace)\.[a-z{}_-]+)"')
FILLED_IN = {"{purpose}": ["invitation", "reset", "recovery"], "{method}": ["password", "sso", "recovery"]}


def test_every_recorded_action_has_words_of_its_own():
    recorded: set[str] = set()
    for path in tracked(".py"):
        if path.is_relative_to(ROOT / "portal") and "audit.record" in (text := path.read_text()):
            recorded |= set(RECORDED.findall(text))
    assert len(recorded) > 40
    for gap, values in FILLED_IN.items():
        recorded |= {action.replace(gap, value) for action in recorded if gap in action for value in values}
    assert sorted(action for action in recorded if "{" not in action and action not in ACTIONS) == []
