"""What the stand-in is started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Config:
    """The command line, as values; each has a default that fits the portal's demo."""

    port: int = 5001
    host: str = "127.0.0.1"
    portal_url: str = "http://portal.localhost:5000"
    state_dir: Path | None = None
    """Where `state.json` is kept; None keeps nothing."""
    client_id: str = ""
    client_secret: str = ""
    product: str = "Productboard"
    kind: str = "catalog"
    """The kind of app that the product's help page has its admins add; see `kinds`."""
    workspace: str = "acme"
    owner_email: str = "owner@acme.example"
    owner_name: str = "Olivia Owner"
    acs_path: str = "/users/auth/saml/callback"
    audience: str = "productboard"
    """Audience URI; `{workspace}` stands for the workspace's address."""
    first_name: str = "firstName"
    last_name: str = "lastName"
    """What the product calls the attribute statements."""
    scim_url: str = ""
    """Base URL of the catalog entry; the shared one of the portal when empty."""
    role_attribute: str = "roles.^[primary==true].value"
    """External name of the role attribute."""
    roles: tuple[str, ...] = ("admin", "maker", "contributor", "viewer")
    longest_pause: float = 2.0
    """Seconds; a longer Retry-After is shortened to this, so that nobody waits five minutes in a trial."""

    @property
    def base_url(self) -> str:
        """The stand-in's own address: another site than the portal's, as Okta is."""
        return f"http://okta.localhost:{self.port}"

    def portal(self, subdomain: str, path: str = "") -> str:
        """The portal's URL of `path` on a subdomain."""
        parts = urlsplit(self.portal_url)
        return f"{parts.scheme}://{subdomain}.{parts.netloc}{path}"
