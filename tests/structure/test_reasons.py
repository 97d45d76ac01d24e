"""Every reason for which a sign-in is refused has words of its own, and no words are left over."""

from __future__ import annotations

import ast
from pathlib import Path

from portal.domain.errors import Invalid, NoSeatLeft, Taken
from portal.domain.refusals import REASONS
from tests.structure.files import ROOT

RAISED = ("Refused", "SignInRefused", "BadXml")
# What making a member at the first sign-in may raise carries its own code to the page.
BY_MEMBERS = {Invalid.code, Taken.code, NoSeatLeft.code}


def codes(path: Path) -> set[str]:
    """The codes that a module raises: the first argument of what it raises, or what it hands on as `code`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = [*node.args[:1]] if name in RAISED else []
            given += [item.value for item in node.keywords if item.arg == "code"]
            found |= {
                part.value for item in given for part in ast.walk(item) if isinstance(part, ast.Constant) and isinstance(part.value, str)
            }
        elif isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["code"]:
            found |= {part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return found - {"depth"}  # what a parser's complaint is searched for


def test_each_reason_has_words_and_each_words_a_reason():
    modules = [*(ROOT / "portal" / "saml").glob("*.py"), ROOT / "portal" / "domain" / "sign_in.py"]
    raised = set().union(*(codes(path) for path in modules)) | BY_MEMBERS
    assert raised - set(REASONS) == set()
    assert set(REASONS) - raised == set()
    assert len(raised) > 45


def test_the_words_say_what_was_wrong_and_what_to_change():
    for code, reason in REASONS.items():
        assert reason.sentence.endswith("."), code
        assert reason.advice.endswith((".", "request id.")), code
        assert len(reason.advice) > 20, code
        assert "!" not in reason.sentence + reason.advice, code
        assert "please" not in (reason.sentence + reason.advice).lower(), code
