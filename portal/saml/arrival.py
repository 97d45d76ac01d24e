"""A posted response: which connection and request it belongs to, whether it is genuine, and that it counts once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from portal.domain import keys, sso, sso_attempts, workspaces
from portal.domain.context import Context
from portal.domain.texts import storable
from portal.models import Connection, SamlRequest
from portal.saml import exchange
from portal.saml.refused import Refused
from portal.saml.xml import Element
from portal.vault import Vault


@dataclass
class Arrival:
    """A response on its way in; what is known of it so far is kept for the record of a refusal."""

    ctx: Context
    acs_url: str
    entity_id: str
    relay_state: str = ""
    connection: Connection | None = None
    request: SamlRequest | None = None
    subject: str = field(default="")

    def __post_init__(self) -> None:
        """PostgreSQL can neither look for nor keep a RelayState with a NUL, which leads nowhere anyway."""
        if not storable(self.relay_state):
            self.relay_state = ""

    @property
    def authorizing(self) -> bool:
        """Whether an admin is trying a candidate connection."""
        return self.request is not None and self.request.purpose == "authorize"

    def admit(self, encoded: str, vault: Vault, new_browser: Callable[[], str], renewed: Callable[[Connection], bool]) -> str:
        """The ticket of a genuine response that was not used before; raises Refused.

        `new_browser` gives the hash of a secret for this browser, where no request of ours knows one; `renewed` says whether a
        connection has other certificates than a moment ago.
        """
        if not encoded:
            raise Refused("response-missing")
        root = exchange.read(exchange.decode(encoded))
        self._find(root)
        verified = self._verify(root, vault, renewed)
        self.subject = verified.identity.name_id
        connection, request = self._known()
        if request is not None and not sso_attempts.answer(self.ctx, request):
            raise Refused("request-unknown")
        if not sso_attempts.remember(self.ctx, connection.issuer, verified.assertion_id, verified.valid_until):
            raise Refused("replayed")
        return sso_attempts.make_ticket(
            self.ctx,
            connection,
            verified.identity,
            request=request,
            browser_hash=request.browser_hash if request else new_browser(),
            return_to=request.return_to if request else _path_of(self.relay_state, self.acs_url),
        )

    def _find(self, root: Element) -> None:
        """Finds the request by the id that is answered (or by the RelayState we sent with it), else the connection by its issuer."""
        hints = exchange.hints(root)
        self.request = next((found for key in (hints.request_id, self.relay_state) if (found := self._waiting(key))), None)
        if self.request is not None:
            self.connection = self.ctx.session.get(Connection, self.request.connection_id)
        else:
            active = workspaces.active_connections(self.ctx)
            self.connection = next((item for item in active if item.issuer == hints.issuer), active[0] if active else None)
        if self.connection is None:
            raise Refused("connection-missing")
        self._check_open()
        if self.request is None and hints.request_id:
            raise Refused("request-unknown", said=hints.request_id)

    def _waiting(self, request_id: str) -> SamlRequest | None:
        found = sso_attempts.waiting(self.ctx, request_id) if request_id else None
        return found if found is not None and found.purpose != "logout" else None

    def _check_open(self) -> None:
        connection, _ = self._known()
        if not sso.allowed(self.ctx):
            raise Refused("plan")
        if connection.state != ("candidate" if self.authorizing else "active"):
            raise Refused("connection-replaced")
        if not self.authorizing and sso.mode(self.ctx) == "off":
            raise Refused("sso-off")

    def _verify(self, root: Element, vault: Vault, renewed: Callable[[Connection], bool]) -> exchange.Verified:
        connection, request = self._known()
        expected = exchange.Expectation(self.acs_url, self.entity_id, request.id if request else None, self.ctx.profile.saml.attributes)
        private = keys.private_keys(self.ctx, vault)
        try:
            return exchange.verify(root, connection, expected, self.ctx.now, private)
        except Refused as error:
            if error.code != "signature-invalid" or not renewed(connection):
                raise
            return exchange.verify(root, connection, expected, self.ctx.now, private)

    def _known(self) -> tuple[Connection, SamlRequest | None]:
        if self.connection is None:
            raise Refused("connection-missing")
        return self.connection, self.request


def _path_of(relay_state: str, acs_url: str) -> str:
    """What an identity provider's own RelayState leads to: a path, or a whole URL of this very host reduced to its path."""
    here = urlsplit(acs_url)
    origin = f"{here.scheme}://{here.netloc}"
    return relay_state.removeprefix(origin) if relay_state.startswith(f"{origin}/") else relay_state
