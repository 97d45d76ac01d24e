"""The page on working with Okta names tests that there are, each row of what is known to go wrong, and each case that reaches a server."""

import ast
import re

from tests.structure.files import ROOT

PAGE = ROOT / "docs" / "okta-compatibility.md"
CASES = {
    *(9290, 9291, 9292, 9293, 9294, 9295, 9300, 9301, 9302, 9303, 9304, 9305, 9306, 9307, 9309, 9310, 9311),
    *range(9312, 9334),
    *(9334, 9335, 9336, 9337, 9338, 9339, 9340, 9341, 9342, 9343, 9359, 9360, 9361, 21902),
}


def test_each_named_test_is_there():
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text()))
    assert len(named) > 40
    there = {
        (path, node.name)
        for path in {path for path, _ in named}
        if (ROOT / path).exists()
        for node in ast.parse((ROOT / path).read_text()).body
        if isinstance(node, ast.FunctionDef)
    }
    assert named - there == set()


def test_each_row_and_each_case_has_a_test():
    rows = {int(number): line for number, line in re.findall(r"^\| (\d+) (\|.*)$", PAGE.read_text(), re.MULTILINE)}
    assert [number for number in range(1, 38) if "::" not in rows.get(number, "")] == [35]  # which is a mistake of Okta's own
    tested = {int(number) for name in re.findall(r"::(test_\w+)`", PAGE.read_text()) for number in re.findall(r"_c(\d+)", name)}
    assert CASES - tested == set()
