"""`python -m standin`: starts the stand-in Okta."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from werkzeug.serving import make_server

from standin import create_app
from standin.config import Config
from standin.kinds import KINDS


def read(arguments: Sequence[str] | None = None) -> Config:
    """The command line as a Config; exits with a message when it is wrong."""
    usual = Config()
    parser = argparse.ArgumentParser(prog="python -m standin", description="A stand-in for Okta, for trials and tests.")
    parser.add_argument("--port", type=int, default=usual.port, help="port; the address is http://okta.localhost:PORT")
    parser.add_argument("--host", default=usual.host, help="address to listen on (default: this machine only)")
    parser.add_argument("--portal-url", default=usual.portal_url, help="the portal's bare domain, like %(default)s")
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep apps, people and keys in DIR/state.json")
    parser.add_argument("--client-id", default=os.environ.get("STANDIN_CLIENT_ID", ""), help="OAuth client of the catalog app")
    parser.add_argument("--client-secret", default=os.environ.get("STANDIN_CLIENT_SECRET", ""), help="its secret")
    parser.add_argument("--product", default=usual.product, help="label of the product's app (default: %(default)s)")
    parser.add_argument("--kind", default=usual.kind, choices=sorted(KINDS), help="kind of the product's app (default: %(default)s)")
    parser.add_argument("--workspace", default=usual.workspace, help="workspace of the catalog app's SAML addresses")
    parser.add_argument("--owner-email", default=usual.owner_email, help="a person who owns the workspace (default: %(default)s)")
    parser.add_argument("--owner-name", default=usual.owner_name, help="that person's name (default: %(default)s)")
    parser.add_argument("--acs-path", default=usual.acs_path, help="path of the workspace's ACS (default: %(default)s)")
    parser.add_argument("--audience", default=usual.audience, help="Audience URI; {workspace} is the workspace's address")
    parser.add_argument("--first-name", default=usual.first_name, help="attribute statement of the first name (default: %(default)s)")
    parser.add_argument("--last-name", default=usual.last_name, help="attribute statement of the last name (default: %(default)s)")
    parser.add_argument("--scim-url", default=usual.scim_url, help="SCIM base URL of a catalog app (default: the portal's shared one)")
    parser.add_argument("--role-attribute", default=usual.role_attribute, help="external name of the role (default: %(default)s)")
    parser.add_argument("--roles", default=",".join(usual.roles), help="values of the role, with commas (default: %(default)s)")
    given = vars(parser.parse_args(arguments))
    portal = urlsplit(given["portal_url"])
    if portal.scheme not in {"http", "https"} or not portal.hostname or portal.path.strip("/"):
        parser.error("--portal-url: give scheme, host and port only, like http://portal.localhost:5000")
    given["roles"] = tuple(item for item in given["roles"].split(",") if item)
    given["portal_url"] = f"{portal.scheme}://{portal.netloc}"
    return Config(state_dir=given.pop("state"), **given)


def main() -> None:
    """Serves until it is interrupted."""
    config = read()
    try:
        server = make_server(config.host, config.port, create_app(config), threaded=True)
    except (OSError, SystemExit) as error:
        sys.exit(f"Port {config.port} is not free ({error}). Choose another with --port.")
    sys.stdout.write(f"Stand-in Okta: {config.base_url}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
