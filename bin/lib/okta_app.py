"""How the stand-in Okta has to be started for a product profile: `okta_app.py PROFILE WORKSPACE BASE_URL` prints its options, one a line.

The first two lines are the plan of the demo's workspace and the app's name in Okta's redirect URIs.
"""

import re
import sys
from urllib.parse import urlsplit

from portal.profile import Profile
from portal.profile_file import ProfileError, load_profile

SCIM_PATHS = {"1.1": "/scim/v1", "2.0": "/scim/v2"}


def kind(profile: Profile) -> str:
    """The kind of app: SCIM 1.1 by header, a catalog app with a pasted token, or one that asks for consent."""
    if profile.scim.versions[0] == "1.1":
        return "test11"
    return "catalog-token" if profile.scim.one_step else "catalog"


def options(profile: Profile, workspace: str, base_url: str) -> dict[str, str]:
    """The options by name."""
    parts = urlsplit(base_url)
    host = "api" if profile.scim.host == "api" else workspace
    primary = re.fullmatch(r"(\w+)\[primary eq true\]\.value", profile.scim.role_attribute)
    return {
        "product": profile.product,
        "kind": kind(profile),
        "acs-path": profile.saml.acs_path,
        "audience": profile.saml.entity_id,
        "first-name": profile.saml.attributes.first_name,
        "last-name": profile.saml.attributes.last_name,
        "scim-url": f"{parts.scheme}://{host}.{parts.netloc}{SCIM_PATHS[profile.scim.versions[0]]}",
        "role-attribute": f"{primary[1]}.^[primary==true].value" if primary else profile.scim.role_attribute,
        "roles": ",".join(role.key for role in profile.roles),
    }


def main() -> int:
    """0 when the profile can be used."""
    try:
        profile = load_profile(sys.argv[1])
    except ProfileError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    plan = next((plan for plan in profile.plans if plan.scim and (plan.sso or not profile.scim.needs_sso)), profile.plans[-1])
    name = "".join(char for char in profile.product.lower() if char.isascii() and char.isalnum()) or "app"
    lines = [plan.key, name, *(f"--{key}={value}" for key, value in options(profile, sys.argv[2], sys.argv[3]).items())]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
