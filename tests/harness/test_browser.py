"""That axe says with colours worked out once what it says by itself."""

from __future__ import annotations

from importlib.resources import files

from playwright.sync_api import Page

from tests.support.browser import violations

COLOURS = """<!doctype html><html lang=en><title>A</title><main style="color: oklch(0.7 0.1 250)"><h1>A</h1>
<p>Faint</p><p style="background: #000">Clear</p><p style="background: rgb(0 0 0 / 0.4)">Faint again</p>
<div style="opacity: 0.5; background: oklch(0.2 0.05 250)"><p>Through glass</p><p style="color: #fff">White</p></div>
<p style="color: color-mix(in oklch, red, blue 30%)">Mixed</p><p style="color: light-dark(#888, #777)">Grey</p></main>"""


def test_axe_finds_with_known_colours_what_it_finds_without(page: Page) -> None:
    page.set_content(COLOURS)
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    by_itself = violations(page)
    page.evaluate("delete window.axe")
    assert violations(page) == by_itself
    assert 3 <= sum(line.startswith("color-contrast") for line in by_itself) < 7
