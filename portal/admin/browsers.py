"""Browsers as people call them."""

from __future__ import annotations

# What marks a browser or a system in a User-Agent header; Edge and Opera also call themselves Chrome, so they stand first.
BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {"Windows": "Windows", "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Mac OS X": "macOS", "Linux": "Linux"}


def called(user_agent: str) -> str:
    """How people call the browser behind a User-Agent header."""
    name = next((word for mark, word in BROWSERS.items() if mark in user_agent), "Unknown browser")
    system = next((word for mark, word in SYSTEMS.items() if mark in user_agent), "")
    return f"{name} on {system}" if system else name
