"""pysaml2 as an identity provider: a third implementation of SAML, beside ours and SimpleSAMLphp."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import httpx

from tests.support import parts
from tests.support.certificates import key_pair
from tests.support.http import browserless
from tests.support.processes import Program, free_port


class Pysaml2:
    """A running identity provider at `http://pysaml2.localhost:<port>` that trusts the service provider of some metadata."""

    def __init__(self, parent: Path, sp_metadata: str, accounts: dict[str, dict[str, str]], *, aes: bool = True) -> None:
        self.directory, self.port = Path(tempfile.mkdtemp(prefix="pysaml2-", dir=parent)), free_port()
        self.base_url = f"http://pysaml2.localhost:{self.port}"
        self.metadata_url, self.sso_url = f"{self.base_url}/metadata", f"{self.base_url}/sso"
        pair = key_pair("pysaml2.localhost")
        (self.directory / "idp.key").write_text(pair.key)
        (self.directory / "idp.crt").write_text(pair.certificate)
        (self.directory / "sp-portal.xml").write_text(sp_metadata)
        facts = {"port": self.port, "base_url": self.base_url, "xmlsec": str(parts.need(parts.xmlsec1)), "accounts": accounts, "aes": aes}
        (self.directory / "config.json").write_text(json.dumps(facts))
        self.seal()
        command: list[str | Path] = [sys.executable, "-m", "tests.support.pysaml2_server", self.directory]
        self._program = Program(command, self.directory / "server.log", cwd=Path(__file__).resolve().parent.parent.parent)
        self._program.wait_until(self._answers)

    def seal(self, *, response: bool = True, assertion: bool = True, encrypted: bool = False) -> None:
        """What is signed and encrypted from here on."""
        options = {"sign_response": response, "sign_assertion": assertion, "encrypt_assertion": encrypted}
        (self.directory / "options.json").write_text(json.dumps(options))

    def stop(self) -> None:
        """Ends the server."""
        self._program.stop()

    def _answers(self) -> bool:
        try:
            with browserless() as http:
                return "EntityDescriptor" in http.get(self.metadata_url).text
        except httpx.HTTPError:
            return False
