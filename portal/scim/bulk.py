"""Bulk (RFC 7644 §3.7): operations in order, each a savepoint of its own, with references to what others of the request create."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from portal.domain.errors import DomainError
from portal.scim import auth, dialects, errors, etags, groups, journal, users
from portal.scim.call import Call
from portal.scim.errors import Conflict, InvalidSyntax, InvalidValue, ScimError, TooLarge
from portal.scim.filters import Malformed

REQUEST_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE_URN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
MAX_OPERATIONS = 1000
MAX_PAYLOAD = 1_048_576
_PATH = re.compile(r"/(Users|Groups)(?:/([^/]+))?", re.IGNORECASE)
_METHODS = ("POST", "PUT", "PATCH", "DELETE")


def run(call: Call, body: dict[str, Any], size: int) -> dict[str, Any]:
    """The bulk response; `size` is the request's length in bytes. Raises TooLarge or InvalidSyntax before anything is done."""
    if size > MAX_PAYLOAD:
        raise TooLarge(f"The bulk request has {size} bytes; {MAX_PAYLOAD} at most (maxPayloadSize).")
    given = {key.lower(): value for key, value in body.items()}
    wanted, limit = given.get("operations"), given.get("failonerrors")
    if not isinstance(wanted, list) or not wanted:
        raise InvalidSyntax("A bulk request needs Operations: a list with at least one operation.")
    if len(wanted) > MAX_OPERATIONS:
        raise TooLarge(f"{len(wanted)} operations in one bulk request; {MAX_OPERATIONS} at most (maxOperations).")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise InvalidSyntax("failOnErrors is a whole number from 1.")
    done: list[dict[str, Any]] = []
    made: dict[str, str] = {}
    failures = 0
    for item in _in_order(wanted):
        answer = _one(call, item, made)
        done.append(answer)
        failures += int(answer["status"]) >= 400
        if limit is not None and failures >= limit:
            break
    return {"schemas": [RESPONSE_URN], "Operations": done}


def _in_order(wanted: list[Any]) -> Iterator[Any]:
    """The operations as they came, but each after those that create what it refers to; those in a circle come last, to be refused."""
    waiting = [(item, _created(item), _references(item)) for item in wanted]
    names = [name for _, name, _ in waiting if name]
    if len(set(names)) < len(names):
        raise InvalidValue("Two operations have the same bulkId; each needs its own.")
    missing = set(names)
    while waiting:
        at = next((at for at, (_, name, needs) in enumerate(waiting) if not needs & (missing - {name})), 0)
        item, name, _ = waiting.pop(at)
        missing.discard(name)
        yield item


def _created(item: Any) -> str:
    given = {key.lower(): value for key, value in item.items()} if isinstance(item, dict) else {}
    name = given.get("bulkid")
    return name if isinstance(name, str) and str(given.get("method", "")).upper() == "POST" else ""


def _references(item: Any) -> set[str]:
    found: set[str] = set()
    todo = [item]
    while todo:
        value = todo.pop()
        if isinstance(value, str) and "bulkId:" in value:
            found.add(value.rpartition("bulkId:")[2])
        elif isinstance(value, dict | list):
            todo.extend(value.values() if isinstance(value, dict) else value)
    return found


def _one(call: Call, item: Any, made: dict[str, str]) -> dict[str, Any]:
    given = {key.lower(): value for key, value in item.items()} if isinstance(item, dict) else {}
    method = str(given.get("method", "")).upper()
    answer: dict[str, Any] = {"method": method[:10]}
    if isinstance(given.get("bulkid"), str):
        answer["bulkId"] = given["bulkid"]
    savepoint = call.ctx.session.begin_nested()
    journal.fresh(method=method, path=f"{call.dialect.prefix}{given.get('path', '')}"[:2048])
    try:
        status, row, endpoint = _carry_out(call, method, given, made)
        call.ctx.session.flush()
    except (ScimError, DomainError, Malformed) as error:
        savepoint.rollback()
        call.ctx.session.refresh(call.ctx.workspace)
        refused = errors.of(error)
        journal.failed_within(call.ctx, refused)
        return {**answer, "status": str(refused.status), "response": dialects.current().error(refused)}
    savepoint.commit()
    journal.wrote(call.ctx, status)
    if row is not None:
        answer["location"], answer["version"] = f"{call.base}{endpoint}/{row.id}", etags.tag(row.version)
        if "bulkId" in answer and method == "POST":
            made[answer["bulkId"]] = row.id
    return {**answer, "status": str(status)}


def _carry_out(call: Call, method: str, given: dict[str, Any], made: dict[str, str]) -> tuple[int, Any, str]:
    path = given.get("path")
    match = _PATH.fullmatch(path.rstrip("/")) if isinstance(path, str) else None
    if method not in _METHODS:
        raise InvalidSyntax(f"method must be one of {', '.join(_METHODS)}.")
    if match is None or (method == "POST") == bool(match[2]):
        raise InvalidSyntax("path must be /Users or /Groups for POST, and /Users/{id} or /Groups/{id} otherwise.")
    if method == "POST" and not (isinstance(given.get("bulkid"), str) and given["bulkid"]):
        raise InvalidSyntax("A POST in a bulk request needs a bulkId: a text that names no other operation.")
    version = given.get("version")
    if version is not None and not isinstance(version, str):
        raise InvalidSyntax('version must be a text, like W/"1".')
    kind: Any = users if match[1].lower() == "users" else groups
    auth.require(f"scim:{match[1].lower()}:write")
    key = _resolved(match[2], made) if match[2] else ""
    data = _body(given, made) if method != "DELETE" else {}
    endpoint = "/Users" if kind is users else "/Groups"
    if method == "POST":
        return 201, kind.create(call, data), endpoint
    if method == "DELETE":
        kind.delete(call, key, version)
        return 204, None, endpoint
    verb = kind.replace if method == "PUT" else kind.modify
    return 200, verb(call, key, data, version), endpoint


def _body(given: dict[str, Any], made: dict[str, str]) -> dict[str, Any]:
    data = given.get("data")
    if not isinstance(data, dict):
        raise InvalidSyntax("data must be an object.")
    if b'"bulkId:' in orjson.dumps(data):
        return {key: _replaced(item, made) for key, item in data.items()}
    return data


def _replaced(value: Any, made: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(item, made) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, made) for item in value]
    return _resolved(value, made) if isinstance(value, str) else value


def _resolved(text: str, made: dict[str, str]) -> str:
    if not text.startswith("bulkId:"):
        return text
    if text[7:] not in made:
        raise Conflict(f"“{text[:200]}” names no resource that another operation of this request created.")
    return made[text[7:]]
