"""Every setting of the portal, with its type, default and meaning."""

from __future__ import annotations

import re
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from portal.smtp import Server, server_of

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """The settings are incomplete or wrong; the message names each one and what to do."""


class Settings(BaseSettings):
    """Environment variables `PORTAL_<NAME>`, or the same lines in an `.env` file of the working directory."""

    # A line left empty, as in a template of an `.env` file, is a setting left out.
    model_config = SettingsConfigDict(env_prefix="PORTAL_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    base_url: str = Field("http://portal.localhost:5000")
    """Where the bare domain is reached; workspaces live on its subdomains. Scheme, host and port only."""
    secret_key: str = Field(min_length=32)
    """Signs the cookie that holds CSRF tokens and notices: at least 32 random characters."""
    encryption_keys: str = Field(min_length=44)
    """Comma-separated Fernet keys for secrets at rest; the first encrypts, all decrypt."""
    database_url: str = ""
    """SQLAlchemy URL; SQLite in `instance/` when empty. `postgresql://` means psycopg 3."""
    profile: str = "productboard"
    """A shipped product profile by name, or the path of an own TOML file."""
    redis_url: str = ""
    """Shares rate limits between processes and machines; without it each process counts for itself."""
    trusted_proxies: str = "0"
    """Whose X-Forwarded-For/-Proto/-Host count: how many reverse proxies are in front, or their comma-separated addresses; 0 ignores
    those headers. A number believes whoever reaches the port, addresses only them (`portal.web.forwarded`)."""
    smtp_url: str = ""
    """`smtp://user:password@host:587?from=address` or `smtps://…` (`portal.smtp.server_of`); pages show links to hand over without."""
    allow_private_network: bool = False
    """Lets metadata URLs point to private and loopback addresses. For trials only."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    slow_query_ms: int = Field(1000, ge=0)
    """Statements that take longer are logged, without parameters; 0 logs none."""
    instance_path: str = str(ROOT / "instance")
    """Directory of the default database."""

    @field_validator("base_url")
    @classmethod
    def _base_url(cls, value: str) -> str:
        parts = urlsplit(value.rstrip("/"))
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
            raise ValueError("give scheme, host and port only, like https://portal.example.com")
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: str) -> str:
        try:
            driver = make_url(_with_driver(value)).drivername if value else "sqlite"
        except (ArgumentError, ValueError):
            driver = ""
        if driver not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
            raise ValueError("give postgresql://user:password@host:port/database, or sqlite:////absolute/path.sqlite3")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"redis", "rediss"} or not parts.hostname or parts.port == 0):
            raise ValueError("give redis://host:port/number, or rediss:// for TLS")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _keys(cls, value: str) -> str:
        for key in value.split(","):
            try:
                Fernet(key.strip())
            except ValueError as error:
                raise ValueError("each key must be a Fernet key (32 url-safe base64 bytes)") from error
        return value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _trusted_proxies(cls, value: object) -> str:
        try:
            _proxies(str(value))
        except ValueError as error:
            raise ValueError("give how many proxies there are, 10 at most, or their addresses, like 10.0.0.5,10.1.0.0/16") from error
        return str(value)

    @field_validator("smtp_url")
    @classmethod
    def _smtp_url(cls, value: str) -> str:
        if value:
            server_of(value, "portal.invalid")
        return value

    @cached_property
    def keys(self) -> list[str]:
        """The encryption keys, the encrypting one first."""
        return [key.strip() for key in self.encryption_keys.split(",")]

    @cached_property
    def proxies(self) -> int | tuple[IPv4Network | IPv6Network, ...]:
        """How many proxies are in front, or where they are."""
        return _proxies(self.trusted_proxies)

    @cached_property
    def base_domain(self) -> str:
        """The host of the base URL, without port."""
        return urlsplit(self.base_url).hostname or ""

    @cached_property
    def https(self) -> bool:
        """Whether the portal is served over https, which turns on `__Host-` cookies and HSTS."""
        return self.base_url.startswith("https://")

    @cached_property
    def mail_server(self) -> Server | None:
        """The server that mail goes out by; None when links are handed over."""
        return server_of(self.smtp_url, self.base_domain) if self.smtp_url else None

    @cached_property
    def sqlalchemy_url(self) -> str:
        """The database URL with the driver named."""
        return _with_driver(self.database_url) or f"sqlite:///{Path(self.instance_path) / 'portal.sqlite3'}"

    def url(self, subdomain: str, path: str = "/") -> str:
        """The absolute URL of `path` on a subdomain; the bare domain when `subdomain` is empty."""
        scheme, netloc = self.base_url.split("://")
        return f"{scheme}://{subdomain + '.' if subdomain else ''}{netloc}{path}"


def _proxies(text: str) -> int | tuple[IPv4Network | IPv6Network, ...]:
    if re.fullmatch(r"-?\d+", text.strip()):
        if not 0 <= int(text) <= 10:
            raise ValueError(text)
        return int(text)
    return tuple(ip_network(part.strip()) for part in text.split(","))


def _with_driver(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if mark and scheme in {"postgresql", "postgres"} else url


_ADVICE = {
    "secret_key": "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
    "encryption_keys": "make one with: portal keys generate",
}


def load_settings(**overrides: object) -> Settings:
    """Reads the settings.

    Raises SettingsError with one line for each wrong setting.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = str(problem["loc"][0])
            reason = "is not set" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
            advice = f" ({_ADVICE[name]})" if name in _ADVICE else ""
            lines.append(f"PORTAL_{name.upper()}: {reason}{advice}")
        raise SettingsError("\n".join(lines)) from None
