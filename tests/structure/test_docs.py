"""What the documents point to is there."""

import re

from tests.structure.files import ROOT


def test_each_test_that_the_security_page_names_is_there():
    text = (ROOT / "docs" / "security.md").read_text()
    named = re.findall(r"`(?:tests/)?((?:[a-z_]+/)?[\w/-]+?(?:\.py|/))`", text.replace("`tests/`", ""))
    assert len(named) > 20
    assert [name for name in named if not (ROOT / "tests" / name).exists()] == []
