"""Writes a picture of every page: `python -m tests.gallery FOLDER [PROFILE…]`; bin/screenshots sets up what it needs."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from playwright.sync_api import Browser

from portal.profile_file import SHIPPED
from tests.gallery import standin
from tests.gallery.scenes import every
from tests.gallery.walk import Visits, served
from tests.support import databases, services
from tests.support.browser import NARROW, WIDE, chromium

SIZES = {"1280": WIDE, "390": NARROW}


def main(folder: Path, profiles: list[str]) -> None:
    """Pictures as `<profile>/<page>-<width>-<light or dark>.png`."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    services.begin_run()
    try:
        with chromium() as browser:
            for profile in profiles:
                print(f"{profile}: {shoot(browser, folder / profile, profile)} pages in {folder / profile}")
            print(f"stand-in Okta: {standin.shoot(browser, folder / 'standin')} pages in {folder / 'standin'}")
    finally:
        services.end_run()


def shoot(browser: Browser, folder: Path, profile: str) -> int:
    """Takes the pictures of one profile; returns of how many pages."""
    folder.mkdir(parents=True, exist_ok=True)
    with served(databases.create("sqlite", f"gallery_{profile}"), profile) as (live, world):
        visits = Visits(browser, live, world)
        scenes = every(world)
        for scene in scenes:
            page = visits.play(scene)
            for width, size in SIZES.items():
                page.set_viewport_size(size)
                for colours in ("light", "dark"):
                    page.emulate_media(color_scheme=colours)
                    page.screenshot(path=folder / f"{scene.name}-{width}-{colours}.png", full_page=True)
            page.set_viewport_size(WIDE)
            page.emulate_media(color_scheme="light")
        visits.close()
    return len(scenes)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots"), sys.argv[2:] or sorted(path.stem for path in SHIPPED.glob("*.toml")))
