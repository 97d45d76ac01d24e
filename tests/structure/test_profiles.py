"""What one product has and another lacks is said by its profile: no code, template, script or style asks for a product's name."""

import re

from portal.profile_file import SHIPPED, load_profile
from tests.structure.files import ROOT, tracked

# What they read besides: settings name the default profile.
ALLOWED = {"portal/config.py"}


def test_nothing_branches_on_a_products_name():
    names = "|".join({name for path in SHIPPED.glob("*.toml") for name in (path.stem, load_profile(path.stem).product)})
    asks = re.compile(rf"\b({names})\b", re.IGNORECASE)
    found = {}
    for path in tracked():
        where = str(path.relative_to(ROOT))
        if (
            where.startswith(("portal/", "templates/", "static/"))
            and path.suffix in {".py", ".html", ".js", ".css"}
            and where not in ALLOWED
        ):
            lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if asks.search(line)]
            found.update({where: lines} if lines else {})
    assert found == {}


def test_the_settings_name_one_only_as_the_default():
    lines = [line for line in (ROOT / "portal/config.py").read_text(encoding="utf-8").splitlines() if "productboard" in line.lower()]
    assert lines == ['    profile: str = "productboard"']
