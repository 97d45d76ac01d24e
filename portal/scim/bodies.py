"""Request bodies: one JSON object, whatever the Content-Type says; anything else is refused with the reason."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from portal.domain.texts import storable
from portal.scim.errors import InvalidSyntax
from portal.web.proxies import the_request

MAX_DEPTH = 64
_BIGGEST = 2**63
_GONE = object()


def read() -> dict[str, Any]:
    """The JSON object in the body of this request; raises InvalidSyntax, or 413 beyond the limit for bodies."""
    return parse(the_request().get_data(cache=True))


def parse(data: bytes) -> dict[str, Any]:
    """The JSON object in `data` (RFC 8259, UTF-8).

    Raises InvalidSyntax on what is not JSON, not an object, names a key twice, nests deeper than 64, or holds a value that the
    database cannot: NUL, lone surrogates, numbers that are not finite or beyond 64 bits, also as fractions.
    """
    if not data.strip():
        raise InvalidSyntax("The body is empty; it must be a JSON object.")
    try:
        text = data.decode("utf-8-sig")
        body = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise InvalidSyntax(f"The body is not UTF-8: byte {error.start + 1} cannot be read.") from None
    except json.JSONDecodeError as error:
        raise InvalidSyntax(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise InvalidSyntax(f"The body nests deeper than {MAX_DEPTH} levels.") from None
    except ValueError:
        raise InvalidSyntax("The body holds a number that is too large.") from None
    if not isinstance(body, dict):
        raise InvalidSyntax("The body must be a JSON object, between { and }.")
    _check(body, escapes="\\u" in text)
    return body


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        left = dict(made)
        twice = next(name for name, _ in pairs if left.pop(name, _GONE) is _GONE)
        raise InvalidSyntax(f"The body names “{twice[:64]}” twice in one object.")
    return made


def _no_constant(name: str) -> NoReturn:
    raise InvalidSyntax(f"The body holds {name}, which is not JSON.")


def _check(body: dict[str, Any], *, escapes: bool) -> None:
    """Walks the body without recursion, so that depth costs nothing; only escapes can bring characters that cannot be stored."""
    todo: list[tuple[Any, int]] = [(body, 1)]
    while todo:
        value, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise InvalidSyntax(f"The body nests deeper than {MAX_DEPTH} levels.")
        if isinstance(value, dict):
            if escapes:
                for key in value:
                    _check_text(key)
            todo.extend((item, depth + 1) for item in value.values())
        elif isinstance(value, list):
            todo.extend((item, depth + 1) for item in value)
        elif not isinstance(value, str):
            _check_number(value)
        elif escapes:
            _check_text(value)


def _check_number(value: Any) -> None:
    """PostgreSQL gives 1e300 back as the whole number that it is, digit by digit, so fractions' bounds are those of whole numbers."""
    if isinstance(value, int | float) and not (math.isfinite(value) and -_BIGGEST <= value < _BIGGEST):
        raise InvalidSyntax("The body holds a number that is too large.")


def _check_text(text: str) -> None:
    if not storable(text):
        raise InvalidSyntax("The body holds a character that cannot be stored: NUL or half of a surrogate pair. Remove it.")
