"""The requests that are measured, as Okta sends them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import quote

from bench.load import Request
from bench.seed import GROUP, Seeded
from tests.support.idp import IdentityProvider
from tests.support.says import Says

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ACS = "/users/auth/saml/callback"
Make = Callable[[], Request]


class Requests:
    """Makes requests of each kind; no two writes ask for the same."""

    def __init__(self, seeded: Seeded, idp: IdentityProvider, base_url: str) -> None:
        self._random, self._seeded, self._idp, self._base_url = Random(7), seeded, idp, base_url  # noqa: S311 - a load, not a secret
        self._number = 0

    def get(self) -> Request:
        """One user."""
        return "GET", f"/scim/v2/Users/{self._anybody()[0]}", None

    def look_up(self) -> Request:
        """A user by user name."""
        return "GET", f"/scim/v2/Users?filter=userName%20eq%20%22{self._anybody()[1]}%22&startIndex=1&count=100", None

    def page(self) -> Request:
        """A hundred users from anywhere."""
        return "GET", f"/scim/v2/Users?startIndex={self._random.randrange(1, max(2, len(self._seeded.users) - 99))}&count=100", None

    def deep_page(self) -> Request:
        """The last full page."""
        return "GET", f"/scim/v2/Users?startIndex={max(1, len(self._seeded.users) - 99)}&count=100", None

    def create(self) -> Request:
        """A new user."""
        number = self._next()
        address = f"new-{number}@bench.example"
        body = {
            "schemas": [USER], "userName": address, "name": {"givenName": "New", "familyName": f"Number {number}"},
            "emails": [{"primary": True, "value": address, "type": "work"}], "displayName": f"New Number {number}", "locale": "en-US",
            "externalId": f"00n{number:017}", "groups": [], "password": "1mz050nq", "active": True,
        }  # fmt: skip
        return "POST", "/scim/v2/Users", json.dumps(body).encode()

    def patch(self) -> Request:
        """A deactivation in each first round through the users, a reactivation in each second."""
        turn, at = divmod(self._next(), len(self._seeded.users))
        return "PATCH", f"/scim/v2/Users/{self._seeded.users[at][0]}", _patch({"op": "replace", "value": {"active": turn % 2 == 1}})

    def add(self) -> Request:
        """One more member of the group, or one less: it keeps its size."""
        number = self._next()
        user = self._seeded.users[(GROUP + number // 2) % len(self._seeded.users)][0]
        add = {"op": "add", "path": "members", "value": [{"value": user}]}
        remove = {"op": "remove", "path": f'members[value eq "{user}"]'}
        return "PATCH", f"/scim/v2/Groups/{self._seeded.group}", _patch(remove if number % 2 else add)

    def acs(self) -> Request:
        """A sign-in that the identity provider began: a response with both signatures."""
        says = Says(
            acs_url=f"{self._base_url}{ACS}",
            entity_id="productboard",
            name_id=self._anybody()[1],
            in_response_to=None,
            confirmed_request=None,
        )
        body = base64.b64encode(self._idp.response(says)).decode()
        return "POST", ACS, f"SAMLResponse={quote(body, safe='')}".encode()

    @staticmethod
    def sign_in() -> Request:
        """The sign-in page."""
        return "GET", "/sign-in", None

    def _anybody(self) -> tuple[str, str]:
        return self._random.choice(self._seeded.users)

    def _next(self) -> int:
        self._number += 1
        return self._number - 1


def _patch(*operations: dict[str, Any]) -> bytes:
    return json.dumps({"schemas": [PATCH], "Operations": list(operations)}).encode()
