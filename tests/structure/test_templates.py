"""What all pages of a kind have in common."""

from __future__ import annotations

from tests.structure.files import ROOT


def test_every_page_that_asks_first_has_a_way_back() -> None:
    pages = {path.relative_to(ROOT): path.read_text() for path in (ROOT / "templates" / "admin").rglob("*.html")}
    asking = {path: text for path, text in pages.items() if "import confirm" in text}
    assert len(asking) > 10
    assert [str(path) for path, text in asking.items() if "{% block back %}" not in text] == []
