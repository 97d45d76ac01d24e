"""Chromium for tests, and what axe says of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, ViewportSize, sync_playwright

from tests.support import parts

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)

SHIFTS = """
    window.shifted = [];
    new PerformanceObserver((list) => window.shifted.push(...list.getEntries().map((entry) => entry.value)))
        .observe({ type: "layout-shift", buffered: true });
"""
"""Run before a page, it notes how much moved while the page was loaded."""

COLOURS_ONCE = """(() => {
    const colour = axe.commons.color.Color.prototype, parse = colour.parseString, known = new Map();
    colour.parseString = function (text) {
        if (!known.has(text)) {
            parse.call(this, text);
            known.set(text, { r: this.r, g: this.g, b: this.b, alpha: this.alpha });
        }
        return Object.assign(this, known.get(text));
    };
})()"""
"""Run after axe, it works out once what a colour is, which axe does for each thing behind each text: a third of its time."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(parts.need(parts.chromium)), args=ARGUMENTS)
        yield browser
        browser.close()


class Pages:
    """Opens pages, each in a browser profile of its own, and notes what scripts and the content policy complain of."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def __call__(self, *, narrow: bool = False, dark: bool = False, scripts: bool = True, **options: Any) -> Page:
        """A page 1280 px wide (390 when narrow), light or dark, with or without scripts; options are playwright's."""
        context = self._browser.new_context(
            viewport=NARROW if narrow else WIDE,
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        context.on("console", self._listen)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        return context.new_page()

    def close(self) -> None:
        """Closes every page."""
        for context in self._contexts:
            context.close()

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


def texts(locator: Locator) -> list[str]:
    """What each of these says, once the page is whole: a list is as long as what has arrived, and playwright waits for no more."""
    locator.page.wait_for_load_state()
    return locator.all_inner_texts()


def violations(page: Page) -> list[str]:
    """What axe finds on the page once it is whole: one line for each violation, with the rule and where."""
    page.wait_for_load_state()
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    return [f"{item['id']}: {item['help']} at {node['target']}" for item in found for node in item["nodes"]]


@cache
def _axe() -> str:
    return f"{files('axe_playwright_python').joinpath('axe.min.js').read_text()};{COLOURS_ONCE}"
