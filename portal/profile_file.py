"""A profile's TOML file: found, read, and explained by line where it is wrong."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from pydantic import ValidationError

from portal.profile import COLOUR_FORM, KEY_FORM, PATH_FORM, ROLE_ATTRIBUTE_FORM, TEXT_FORM, Brand, Profile

LARGEST_LOGO = 256 * 1024
SHIPPED = Path(__file__).resolve().parent / "profiles"

_FORMS = {
    KEY_FORM: "use lower-case letters, digits and inner hyphens",
    PATH_FORM: "write names of lower-case letters, digits, hyphens and dots, each after one slash; Okta takes no underscore",
    COLOUR_FORM: "give a colour as #rrggbb",
    TEXT_FORM: "must not be empty",
    ROLE_ATTRIBUTE_FORM: (
        "write it like permissionsRole or roles[primary eq true].value; in brackets stand primary eq true or false, "
        'and value, display or type eq "text", joined by and'
    ),
}


class ProfileError(Exception):
    """A profile that cannot be used; the message names file, line and reason."""


def load_profile(name_or_path: str) -> Profile:
    """Reads a shipped profile by name or an own one by path.

    Raises ProfileError with file, line and reason.
    """
    path = SHIPPED / f"{name_or_path}.toml"
    if not re.fullmatch(r"[a-z0-9-]+", name_or_path) or not path.exists():
        path = Path(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        shipped = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.toml")))
        raise ProfileError(f"PORTAL_PROFILE: cannot read “{name_or_path}” ({error}); shipped ones: {shipped}") from None
    try:
        profile = Profile.model_validate(tomllib.loads(text))
        return profile.model_copy(update={"brand": _with_logo(profile.brand, path.parent)})
    except tomllib.TOMLDecodeError as error:
        found = re.match(r"(.*) \(at line (\d+), (column \d+)\)", str(error))
        raise ProfileError(f"{path}:{found[2]}: {found[1]}, {found[3]}" if found else f"{path}: {error}") from None
    except ValidationError as error:
        problems = [dict(problem) for problem in error.errors()]
    except ValueError as error:
        problems = [{"loc": (), "msg": str(error), "type": "value_error"}]
    raise ProfileError("\n".join(f"{path}:{line}: {reason}" for line, reason in (_reason(text, problem) for problem in problems)))


def _with_logo(brand: Brand, directory: Path) -> Brand:
    """The brand with the logo's whole path; raises ValueError when the file cannot be used."""
    if not brand.logo:
        return brand
    path = directory / brand.logo
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"brand.logo: cannot read “{path}” ({error.strerror})") from None
    fits = {".svg": b"<svg" in content, ".png": content.startswith(b"\x89PNG\r\n\x1a\n")}.get(path.suffix.lower(), False)
    if not fits or len(content) > LARGEST_LOGO:
        raise ValueError(f"brand.logo: “{path}” must be an SVG or PNG file of {LARGEST_LOGO // 1024} KiB at most")
    return brand.model_copy(update={"logo": str(path.resolve())})


def _reason(text: str, problem: dict[str, object]) -> tuple[int, str]:
    loc: tuple[int | str, ...] = problem["loc"]  # type: ignore[assignment]
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = "no such key; docs/profiles.md lists them"
    if problem["type"] == "string_pattern_mismatch":
        message = _FORMS.get(problem["ctx"]["pattern"], message)  # type: ignore[index]
    if not loc and ": " in message:
        where, message = message.split(": ", 1)
        loc = tuple(int(part) if part.isdigit() else part for part in where.split("."))
    return _line_of(text, loc), f"{'.'.join(str(part) for part in loc if isinstance(part, str))}: {message}"


def _line_of(text: str, loc: tuple[int | str, ...]) -> int:
    """The line (from 1) a pydantic location stands on; the nearest enclosing table when the key is absent."""
    lines = text.splitlines()
    at, table = 0, ""
    for part in loc:
        if isinstance(part, int):
            heads = [n for n, line in enumerate(lines) if line.strip() == f"[[{table}]]"]
            at = heads[part] if part < len(heads) else at
            continue
        table = f"{table}.{part}" if table else part
        head = next((n for n, line in enumerate(lines) if line.strip() == f"[{table}]"), None)
        keyed = next(
            (n for n in range(at, len(lines)) if re.match(rf"\s*{re.escape(part)}\s*=", lines[n])),
            None,
        )
        at = head if head is not None else keyed if keyed is not None else at
    return at + 1
