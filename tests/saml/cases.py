"""The folders of `tests/assertions`: each is one response, described in `case.toml`, and what must become of it.

    why = "what is wrong, and who would do it"
    reason = "audience-wrong"             # in bad/: the code it is refused with
    before = "no_statement"               # a function of tests/support/bends.py, oddities.py or seals.py, before signing
    after = "alter", inside = "renamed"   # likewise after signing; of an assertion that is about to be encrypted
    key = "another"                       # signed with a key that the connection does not know
    certificates = ["another.example"]    # names of the keys that the connection knows
    minutes_later = 9                     # when it is read
    encrypted = true                      # for the workspace's key; "another" for a key that is not the workspace's
    [says]  [seal]  [connection]  [expected]    # fields of Says, Seal, Connection and Expectation
    [identity]                            # in good/: what it says of the person

A file `response.xml` beside it is the response itself, as bytes; `response.b64` what is posted.
"""

from __future__ import annotations

import base64
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from portal.models import Connection
from portal.profile import SamlAttributes
from portal.saml.exchange import Expectation
from tests.support import bends, oddities, seals
from tests.support.certificates import usual_key
from tests.support.idp import IdentityProvider
from tests.support.says import Says
from tests.support.signing import Seal

FOLDER = Path(__file__).resolve().parent.parent / "assertions"
ACS = "http://acme.portal.localhost:5000/users/auth/saml/callback"
REQUEST = "id-request"


@dataclass(frozen=True)
class Case:
    """One folder."""

    name: str
    facts: dict[str, Any]
    folder: Path

    @property
    def reason(self) -> str:
        """The code that a bad one is refused with."""
        return str(self.facts["reason"])

    def now(self) -> datetime:
        """When it is read."""
        return datetime.now(UTC) + timedelta(minutes=self.facts.get("minutes_later", 0))

    def connection(self) -> Connection:
        """The connection that it is judged by."""
        certificates = [usual_key(name).certificate for name in self.facts.get("certificates", ["idp.example"])]
        values = {"issuer": Says.issuer, "certificates": certificates, "allow_idp_initiated": True, "allow_sha1": False}
        return Connection(**{**values, **self.facts.get("connection", {})})

    def expected(self) -> Expectation:
        """What is expected of it."""
        values = {"acs_url": ACS, "entity_id": "productboard", "request_id": REQUEST, **self.facts.get("expected", {})}
        return Expectation(**{**values, "request_id": values["request_id"] or None}, attributes=SamlAttributes(role="pb_role"))

    def content(self, key_to_encrypt: str, **says: Any) -> bytes:
        """The response; `key_to_encrypt` is the workspace's certificate, `says` fills in what the case leaves open."""
        for name in ("response.xml", "response.b64"):
            if (self.folder / name).exists():
                return (self.folder / name).read_bytes() if name.endswith("xml") else base64.b64decode((self.folder / name).read_text())
        idp = oddities.other_key() if self.facts.get("key") == "another" else IdentityProvider()
        ways = {when: self._bend(when) for when in ("before", "inside", "after")}
        return idp.response(self._says(says), self._seal(key_to_encrypt), **ways)

    def _says(self, open_fields: dict[str, Any]) -> Says:
        # TOML has no null: an empty text leaves a field out.
        given: dict[str, Any] = {name: None if value == "" else value for name, value in self.facts.get("says", {}).items()}
        if "session_minutes" in given:
            given["session_until"] = datetime.now(UTC) + timedelta(minutes=given.pop("session_minutes"))
        if "minutes_ago" in given:
            given["now"] = datetime.now(UTC) - timedelta(minutes=given.pop("minutes_ago"))
        if "lifetime_minutes" in given:
            given["lifetime"] = timedelta(minutes=given.pop("lifetime_minutes"))
        return Says(**{"request_id": REQUEST, **open_fields, **given})

    def _seal(self, key_to_encrypt: str) -> Seal:
        encrypted = {True: key_to_encrypt, "another": usual_key("another.example").certificate}.get(self.facts.get("encrypted", False), "")
        return Seal(**{"encrypt_for": encrypted, **self.facts.get("seal", {})})

    def _bend(self, when: str) -> Any:
        return (vars(bends) | vars(oddities) | vars(seals))[self.facts[when]] if when in self.facts else None


def cases(kind: str) -> list[Case]:
    """Every folder of a kind, good or bad."""
    folders = sorted(path.parent for path in (FOLDER / kind).glob("*/case.toml"))
    return [Case(folder.name, tomllib.loads((folder / "case.toml").read_text()), folder) for folder in folders]
