"""The shapes of SCIM 1.1, to and from those of 2.0: schemas' names, what `meta` and references hold, the enterprise user's manager.

Sources: SCIM Core Schema 1.1 §5 to §12, SCIM Protocol 1.1 §3; what is not named here is the same in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from portal.scim.attributes import ENTERPRISE_URN, GROUP_URN, USER_URN, ResourceType
from portal.scim.errors import ScimError
from portal.scim.filters.tokens import tokens_of

CORE = "urn:scim:schemas:core:1.0"
ENTERPRISE = "urn:scim:schemas:extension:enterprise:1.0"
_OURS = {CORE: "", ENTERPRISE: ENTERPRISE_URN}
_THEIRS = {USER_URN: CORE, GROUP_URN: CORE, ENTERPRISE_URN: ENTERPRISE}


def shown(document: dict[str, Any]) -> dict[str, Any]:
    """A resource of 2.0 as 1.1 writes it."""
    made = {_THEIRS.get(name, name): _without_ref(value) for name, value in document.items()}
    made["schemas"] = list(dict.fromkeys(_THEIRS.get(urn, urn) for urn in document.get("schemas", ())))
    if "meta" in document:
        made["meta"] = {name: value for name, value in document["meta"].items() if name != "resourceType"}
    if ENTERPRISE in made:
        made[ENTERPRISE] = _with_manager(made[ENTERPRISE], "value", "managerId")
    return made


def error(refusal: ScimError) -> dict[str, Any]:
    """An error with both the 1.1 body and the top-level `detail` that Okta's suite looks for."""
    code = str(refusal.status)
    return {"schemas": [CORE], "Errors": [{"description": refusal.detail, "code": code}], "detail": refusal.detail, "status": code}


def taken(body: Mapping[str, Any], resource: ResourceType) -> dict[str, Any]:
    """A 1.1 resource as 2.0 writes it."""
    made: dict[str, Any] = {}
    for name, value in body.items():
        known = _OURS.get(name.lower())
        key = name if known is None else known or resource.urn
        made[key] = _with_manager(value, "managerId", "value") if key == ENTERPRISE_URN else value
    return made


def asked(given: dict[str, Any]) -> dict[str, Any]:
    """What a 1.1 list request asks for, in 2.0's names."""
    words: dict[str, Callable[[str], str]] = {"filter": _filter, "sortBy": name, "attributes": _names, "excludedAttributes": _names}
    return {key: words[key](value) if key in words and isinstance(value, str) else value for key, value in given.items()}


def name(path: str) -> str:
    """A 1.1 attribute path in 2.0's names: `urn:scim:schemas:core:1.0:userName`, also with a dot behind the URN."""
    for theirs, ours in _OURS.items():
        if path.lower() == theirs:
            return ours
        if path.lower().startswith((f"{theirs}:", f"{theirs}.")):
            path = f"{ours}:{path[len(theirs) + 1 :]}" if ours else path[len(theirs) + 1 :]
            break
    return path.replace("manager.managerId", "manager.value")


def _filter(text: str) -> str:
    words = [name(token.text) if token.kind == "word" else token.text for token in tokens_of(text)]
    return text if not any(urn in text.lower() for urn in _OURS) and "managerId" not in text else " ".join(words).strip()


def _names(text: str) -> str:
    return ",".join(name(part.strip()) for part in text.split(","))


def _with_manager(section: Any, old: str, new: str) -> Any:
    manager = section.get("manager") if isinstance(section, dict) else None
    if not isinstance(manager, dict) or old not in manager:
        return section
    return {**section, "manager": {new if key == old else key: value for key, value in manager.items()}}


def _without_ref(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [{key: inner for key, inner in item.items() if key != "$ref"} if isinstance(item, dict) else item for item in value]
