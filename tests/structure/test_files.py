"""Files stay short enough to be read, and say what they are."""

import ast

from tests.structure.files import ROOT, tracked

LONGEST_FILE = 400
LONGEST_FUNCTION = 60


def test_no_python_file_is_longer_than_400_lines():
    lengths = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in tracked(".py") if "migrations" not in p.parts}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_of_the_portal_is_too_long():
    long = {}
    for path in tracked(".py"):
        if path.relative_to(ROOT).parts[0] not in ("portal", "standin") or "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > LONGEST_FUNCTION:
                long[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = (node.end_lineno or 0) - node.lineno
    assert long == {}


def test_each_module_says_what_it_is():
    silent = [
        str(path.relative_to(ROOT))
        for path in tracked(".py")
        if path.relative_to(ROOT).parts[0] in ("portal", "standin")
        and path.stat().st_size
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []
