"""Who acts: a member at a page, Okta by token, an OAuth client, the operator at the command line, or the portal itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from portal.models import Member, OAuthClient, Token


@dataclass(frozen=True)
class Actor:
    """`kind` is member, token, client, operator or system; `label` is how the logs name it; `ip` and `request_id` say from where."""

    kind: str
    label: str
    id: str | None = None
    ip: str = ""
    request_id: str = ""

    @classmethod
    def member(cls, member: Member, ip: str = "", request_id: str = "") -> Actor:
        """A signed-in member."""
        return cls("member", member.display_name or member.user_name, member.id, ip, request_id)

    @classmethod
    def token(cls, token: Token, ip: str = "", request_id: str = "") -> Actor:
        """A directory that presented a token."""
        return cls("token", token.name, token.id, ip, request_id)

    @classmethod
    def client(cls, client: OAuthClient, ip: str = "", request_id: str = "") -> Actor:
        """An OAuth client at the token endpoint."""
        return cls("client", client.name, client.id, ip, request_id)

    def named(self, label: str) -> Actor:
        """The same actor under another label."""
        return replace(self, label=label)


OPERATOR = Actor("operator", "Operator")
SYSTEM = Actor("system", "Portal")
