"""Profiles as operators write them: a shipped file, changed."""

from __future__ import annotations

from pathlib import Path

from portal.profile_file import SHIPPED


def own(folder: Path, shipped: str, *lines: tuple[str, str]) -> str:
    """The path of a copy of a shipped profile in which each first text stands as the second."""
    text = (SHIPPED / f"{shipped}.toml").read_text(encoding="utf-8")
    for old, new in lines:
        assert text.count(old) == 1, f"{old} stands {text.count(old)} times in {shipped}"
        text = text.replace(old, new)
    path = folder / f"own-{shipped}.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def asking(folder: Path) -> str:
    """The default profile, whose Authorize asks to sign in first."""
    button = 'button = "Sign in with Okta account"'
    return own(folder, "productboard", (button, f"{button}\nask_to_sign_in = true"))
