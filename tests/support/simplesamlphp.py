"""SimpleSAMLphp as an identity provider: another implementation of SAML than ours, with accounts that tests sign in with."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import httpx

from tests.support import parts
from tests.support.certificates import key_pair
from tests.support.http import browserless
from tests.support.processes import Program, free_port

PASSWORD = "correct horse battery staple"

_CONFIG = """<?php
$config = json_decode(file_get_contents(__DIR__ . '/config.json'), true);
$config['logging.level'] = SimpleSAML\\Logger::DEBUG;
"""
_JSON_AS = "<?php\n${name} = json_decode(file_get_contents(__DIR__ . '/{name}-{file}.json'), true);\n"


class SimpleSamlPhp:
    """A running identity provider at `http://idp.localhost:<port>`, another site than the portal's."""

    def __init__(self, parent: Path) -> None:
        self._program_files = parts.need(parts.simplesamlphp)
        self.directory = Path(tempfile.mkdtemp(prefix="simplesamlphp-", dir=parent))
        self.port = free_port()
        self.base_url = f"http://idp.localhost:{self.port}"
        self.entity_id = f"{self.base_url}/saml2/idp/metadata.php"
        self.metadata_url = self.entity_id
        self.sso_url = f"{self.base_url}/saml2/idp/SSOService.php"
        self.logout_url = f"{self.base_url}/saml2/idp/SingleLogoutService.php"
        self.certificate = ""
        self._providers: dict[str, Any] = {}
        self._write_config()
        self.forget()
        self._program = self._start()

    def forget(self) -> None:
        """Trusts no service provider any more, and knows no account."""
        self._providers = {}
        self._write("metadata", "saml20-sp-remote", {})
        self._write_accounts({})

    def trust(self, entity_id: str, acs_url: str, *, name_id: str = "email", **options: object) -> None:
        """Lets a service provider in; `name_id` is the attribute that becomes the NameID.

        Options are SimpleSAMLphp's own: `saml20.sign.response`, `saml20.sign.assertion`, `assertion.encryption`,
        `certData`, `SingleLogoutService`, … (documentation of saml20-sp-remote).
        """
        name_id_format = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
        self._providers[entity_id] = {
            "AssertionConsumerService": acs_url,
            "NameIDFormat": name_id_format,
            "simplesaml.nameidattribute": name_id,
            "authproc": {"3": {"class": "saml:AttributeNameID", "attribute": name_id, "Format": name_id_format}},
            **options,
        }
        self._write("metadata", "saml20-sp-remote", self._providers)

    def account(self, user: str, **attributes: str) -> None:
        """Adds an account that signs in with PASSWORD and whose assertions carry `attributes`."""
        self._write_accounts({**self._accounts, user: attributes})

    def metadata(self) -> str:
        """The metadata as published."""
        with browserless() as http:
            return http.get(self.metadata_url).raise_for_status().text

    def stop(self) -> None:
        """Ends the server."""
        self._program.stop()

    def _start(self) -> Program:
        quiet = ["-d", "display_errors=0", "-d", "error_reporting=0", "-d", f"session.save_path={self.directory / 'session'}"]
        serve = ["-S", f"127.0.0.1:{self.port}", "-t", str(self._program_files / "www")]
        program = Program(
            [parts.need(parts.php), *quiet, *serve],
            self.directory / "server.log",
            env={"SIMPLESAMLPHP_CONFIG_DIR": str(self.directory), "PHP_CLI_SERVER_WORKERS": "4"},
        )
        program.wait_until(self._answers)
        return program

    def _answers(self) -> bool:
        try:
            return "EntityDescriptor" in self.metadata()
        except httpx.HTTPError:
            return False

    def _write_config(self) -> None:
        pair = key_pair("idp.localhost")
        self.certificate = pair.certificate
        for name in ("session", "cert", "log", "data", "tmp", "metadata"):
            (self.directory / name).mkdir()
        (self.directory / "cert" / "idp.pem").write_text(pair.key)
        (self.directory / "cert" / "idp.crt").write_text(pair.certificate)
        config = {
            "baseurlpath": f"{self.base_url}/",
            "certdir": f"{self.directory}/cert/",
            "loggingdir": f"{self.directory}/log/",
            "datadir": f"{self.directory}/data/",
            "tempdir": f"{self.directory}/tmp",
            "metadatadir": f"{self.directory}/metadata/",
            "attributenamemapdir": f"{self._program_files}/attributemap/",
            "secretsalt": "the salt of the tests",
            "auth.adminpassword": PASSWORD,
            "technicalcontact_email": "",
            "timezone": "UTC",
            "logging.handler": "file",
            "enable.saml20-idp": True,
            "module.enable": {"exampleauth": True, "core": True, "saml": True},
            "session.cookie.secure": False,
            "session.cookie.samesite": "Lax",
            "language.cookie.secure": False,
            "language.cookie.samesite": "Lax",
            "store.type": "phpsession",
            "session.phpsession.savepath": str(self.directory / "session"),
            "metadata.sources": [{"type": "flatfile"}],
            "production": True,
            "showerrors": True,
        }
        (self.directory / "config.json").write_text(json.dumps(config))
        (self.directory / "config.php").write_text(_CONFIG)
        (self.directory / "authsources.php").write_text(_JSON_AS.format(name="config", file="accounts"))
        for kind in ("saml20-idp-hosted", "saml20-sp-remote"):
            (self.directory / "metadata" / f"{kind}.php").write_text(_JSON_AS.format(name="metadata", file=kind))
        hosted = {"host": "__DEFAULT__", "privatekey": "idp.pem", "certificate": "idp.crt", "auth": "accounts"}
        self._write("metadata", "saml20-idp-hosted", {"__DYNAMIC:1__": hosted})

    def _write_accounts(self, accounts: dict[str, dict[str, str]]) -> None:
        self._accounts = accounts
        entries = {f"{user}:{PASSWORD}": {k: [v] for k, v in a.items()} for user, a in accounts.items()}
        (self.directory / "config-accounts.json").write_text(json.dumps({"accounts": {"0": "exampleauth:UserPass", **entries}}))

    def _write(self, name: str, file: str, value: object) -> None:
        (self.directory / name / f"{name}-{file}.json").write_text(json.dumps(value))
