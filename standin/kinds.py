"""The kinds of app that an Okta admin can add, and how each one talks (Okta: "SCIM provisioning integrations")."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """How a kind of app talks.

    `patch`: activation and groups by PATCH; otherwise everything by PUT, as apps of the App Integration Wizard do.
    `prefix`: what Okta puts before the pasted token; `auths`: the ways to authenticate, the default first.
    """

    key: str
    label: str
    about: str
    version: str = "2.0"
    patch: bool = True
    prefix: str = ""
    auths: tuple[str, ...] = ("header",)
    app_name: str = "{slug}"

    @property
    def token_hint(self) -> str:
        """What the admin has to know when pasting the token."""
        if self.prefix:
            return f"Sent as “Authorization: {self.prefix}” and the token. Paste the token without {self.prefix.strip()}."
        return "Sent as typed: “Authorization: ” and exactly this text."


KINDS = {
    kind.key: kind
    for kind in (
        Kind(
            key="catalog",
            label="Catalog app with OAuth",
            about="SCIM 2.0 with PATCH. The admin presses “Authenticate with” and consents in the product.",
            auths=("oauth",),
        ),
        Kind(
            key="catalog-token",
            label="Catalog app with API token",
            about="SCIM 2.0 with PATCH. The token goes out as typed.",
        ),
        Kind(
            key="custom",
            label="Custom SAML app with SCIM (header token)",
            about="SCIM 2.0 with PUT for everything. The token goes out after “Bearer ”.",
            patch=False,
            prefix="Bearer ",
            auths=("header", "oauth"),
            app_name="dev-7464750_{slug}_{n}",
        ),
        Kind(
            key="test11",
            label="SCIM 1.1 Test App (Header Auth)",
            about="SCIM 1.1 with PATCH. The token goes out as typed.",
            version="1.1",
            app_name="scim1headerauth",
        ),
        Kind(
            key="test20",
            label="SCIM 2.0 Test App (Header Auth)",
            about="SCIM 2.0 with PATCH. The token goes out as typed.",
            app_name="scim2headerauth",
        ),
    )
}
