"""Names in pages: each is set apart, so that the direction in which its letters run ends with it."""

from __future__ import annotations

import re

from flask import Flask, flash
from markupsafe import Markup, escape

from portal.domain.telling import Name, Told, balanced, laid_out, spelled, told, undirected


def init_app(app: Flask) -> None:
    """Adds the filters `named` for names, `told` for sentences, `undirected` for text that was kept, `spelled` and `laid_out` for
    what was sent, `jointed` for paths and URNs."""
    app.add_template_filter(named)
    app.add_template_filter(as_told, "told")
    app.add_template_filter(jointed)
    app.add_template_filter(laid_out)
    app.add_template_filter(undirected)
    app.add_template_filter(spelled)


def jointed(identifier: str) -> Markup:
    """A path or URN that goes on in the next line, where it has no room, behind its colons, full stops and brackets only."""
    return Markup("<wbr>").join(re.split(r"(?<=[:.\]])(?!$)", identifier))


def named(name: str | None) -> Markup:
    """The name as it stands within other text; nothing for none."""
    return Markup("<bdi>{}</bdi>").format(balanced(name)) if name else Markup()


def as_told(sentence: str) -> Markup:
    """A sentence with its names set apart; any other text as it is."""
    parts = sentence.parts if isinstance(sentence, Told) else (sentence,)
    return Markup().join(named(part) if isinstance(part, Name) else escape(part) for part in parts)


def say(*parts: str, kind: str = "success") -> None:
    """Tells on the next page what was done; its names are of type Name."""
    flash(as_told(told(*parts)), kind)
