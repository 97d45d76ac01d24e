"""The settings that tests start the portal with."""

from __future__ import annotations

from portal.config import Settings
from tests.support import services

SECRET_KEY = "a secret key of the tests, long enough to be one"
ENCRYPTION_KEY = "dGhlIGVuY3J5cHRpb24ga2V5IG9mIHRoZSB0ZXN0cyE="
BASE_URL = "http://portal.localhost:5000"


def settings(**changes: object) -> Settings:
    """Complete settings, apart from `changes`; neither the environment nor an `.env` file is read for these."""
    values = {
        "base_url": BASE_URL,
        "secret_key": SECRET_KEY,
        "encryption_keys": ENCRYPTION_KEY,
        "instance_path": str(services.run_directory() / "instance"),
        "allow_private_network": True,
        "log_level": "WARNING",
    }
    return Settings(_env_file=None, **{**values, **changes})  # type: ignore[call-arg, arg-type]


def environment(**changes: object) -> dict[str, str]:
    """The same as environment variables, for the portal as a process."""
    chosen = settings(**changes)
    return {f"PORTAL_{name.upper()}": str(value) for name, value in chosen.model_dump().items()}
