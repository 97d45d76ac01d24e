"""pysaml2's identity provider as a program of its own: `python -m tests.support.pysaml2_server DIRECTORY`, started by `pysaml2.Pysaml2`.

`config.json` of the directory says where it stands; `options.json` is read at each answer: what is signed and encrypted.
"""

from __future__ import annotations

import functools
import json
import sys
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.simple_server import make_server

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, entity, server, sigver
from saml2.config import IdPConfig
from saml2.s_utils import success_status_factory
from saml2.saml import NAME_FORMAT_UNSPECIFIED, NAMEID_FORMAT_EMAILADDRESS, NameID
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

HERE = Path(sys.argv[1])
CONFIG = json.loads((HERE / "config.json").read_text())
BASE, ACCOUNTS = CONFIG["base_url"], CONFIG["accounts"]
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"


def encrypt_with_aes() -> None:
    """pysaml2 knows no setting for its cipher, which is 3DES; this is where it is chosen."""
    chosen = functools.partial(sigver.pre_encryption_part, msg_enc="http://www.w3.org/2001/04/xmlenc#aes128-cbc")
    for module in (entity, server, sigver):
        if hasattr(module, "pre_encryption_part"):
            module.pre_encryption_part = chosen
    original = sigver.CryptoBackendXmlSec1.encrypt_assertion

    def encrypt(
        self: Any, statement: Any, enc_key: Any, template: Any, key_type: str = "", node_xpath: Any = None, node_id: Any = None
    ) -> Any:
        return original(self, statement, enc_key, template, "aes-128", node_xpath, node_id)

    sigver.CryptoBackendXmlSec1.encrypt_assertion = encrypt


def provider() -> server.Server:
    """The identity provider, with the service provider's metadata."""
    service = {
        "endpoints": {
            "single_sign_on_service": [(f"{BASE}/sso", BINDING_HTTP_REDIRECT)],
            "single_logout_service": [(f"{BASE}/slo", BINDING_HTTP_REDIRECT)],
        },
        "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": NAME_FORMAT_UNSPECIFIED}},
        "name_id_format": [NAMEID_FORMAT_EMAILADDRESS],
    }
    files = {"key_file": str(HERE / "idp.key"), "cert_file": str(HERE / "idp.crt")}
    trusted = {"local": [str(path) for path in HERE.glob("sp-*.xml")]}
    config = {"entityid": f"{BASE}/metadata", "xmlsec_binary": CONFIG["xmlsec"], **files, "service": {"idp": service}, "metadata": trusted}
    return server.Server(config=IdPConfig().load(config))


class Application:
    """Sign-in with a form, answers by POST, logout by redirect."""

    def __init__(self) -> None:
        self.idp = provider()

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        """Serves one request."""
        size = int(environ.get("CONTENT_LENGTH") or 0)
        fields = dict(parse_qsl(environ["QUERY_STRING"])) | dict(parse_qsl(environ["wsgi.input"].read(size).decode()))
        fields = {name.removeprefix("kept_"): value for name, value in fields.items()}  # else the form would look like one that goes on
        status, headers, body = getattr(self, "do_" + environ["PATH_INFO"].strip("/"))(fields)
        start(status, headers)
        return [body.encode()]

    def do_metadata(self, _fields: dict[str, str]) -> tuple[str, list[tuple[str, str]], str]:
        """Our metadata."""
        from saml2.metadata import entity_descriptor

        return "200 OK", [("Content-Type", "application/samlmetadata+xml")], str(entity_descriptor(self.idp.config))

    def do_sso(self, fields: dict[str, str]) -> tuple[str, list[tuple[str, str]], str]:
        """Asks who is there, then answers; without a request it begins here."""
        if "username" not in fields:
            hidden = "".join(f'<input type="hidden" name="kept_{escape(k)}" value="{escape(v)}">' for k, v in fields.items())
            form = f'<form method="post" action="/sso">{hidden}<input name="username"><input name="password"><button>Go</button></form>'
            return "200 OK", [("Content-Type", "text/html")], f"<html><body>{form}</body></html>"
        options, user = json.loads((HERE / "options.json").read_text()), fields["username"]
        if "SAMLRequest" in fields:
            request = self.idp.parse_authn_request(fields["SAMLRequest"], BINDING_HTTP_REDIRECT)
            answered = self.idp.response_args(request.message, [BINDING_HTTP_POST])
            answered.pop("binding")
        else:
            [sp] = self.idp.metadata.service_providers()
            [place] = self.idp.metadata.assertion_consumer_service(sp, BINDING_HTTP_POST)
            answered = {"in_response_to": None, "destination": place["location"], "sp_entity_id": sp, "name_id_policy": None}
        name = NameID(format=NAMEID_FORMAT_EMAILADDRESS, text=ACCOUNTS[user]["mail"])
        response = self.idp.create_authn_response(
            ACCOUNTS[user],
            userid=user,
            name_id=name,
            authn={"class_ref": PASSWORD, "authn_auth": BASE},
            sign_alg=SIG_RSA_SHA256,
            digest_alg=DIGEST_SHA256,
            **answered,
            **options,
        )
        sent = self.idp.apply_binding(
            BINDING_HTTP_POST, str(response), answered["destination"], relay_state=fields.get("RelayState", ""), response=True
        )
        return "200 OK", [("Content-Type", "text/html")], sent["data"]

    def do_slo(self, fields: dict[str, str]) -> tuple[str, list[tuple[str, str]], str]:
        """Takes a signed LogoutRequest and answers it; or a LogoutResponse, which ends the matter here."""
        if "SAMLResponse" in fields:
            answer = self.idp.parse_logout_request_response(fields["SAMLResponse"], BINDING_HTTP_REDIRECT)
            return (
                "200 OK",
                [("Content-Type", "text/html")],
                f"<html><body>The product answered: {escape(answer.response.status.status_code.value)}</body></html>",
            )
        signed = {"relay_state": fields.get("RelayState"), "sigalg": fields["SigAlg"], "signature": fields["Signature"]}
        request = self.idp.parse_logout_request(fields["SAMLRequest"], BINDING_HTTP_REDIRECT, **signed)
        args = self.idp.response_args(request.message, [BINDING_HTTP_REDIRECT])
        response = self.idp.create_logout_response(request.message, [BINDING_HTTP_REDIRECT], status=success_status_factory(), sign=False)
        return self._redirect(response, args["destination"], fields.get("RelayState", ""), response=True)

    def do_logout(self, fields: dict[str, str]) -> tuple[str, list[tuple[str, str]], str]:
        """Ends a session here, and tells the product."""
        [sp] = self.idp.metadata.service_providers()
        [place, *_] = self.idp.metadata.single_logout_service(sp, BINDING_HTTP_REDIRECT, "spsso")
        name = NameID(format=NAMEID_FORMAT_EMAILADDRESS, text=ACCOUNTS[fields["user"]]["mail"])
        _, request = self.idp.create_logout_request(place["location"], sp, name_id=name, sign=False)
        return self._redirect(request, place["location"], "", response=False)

    def _redirect(self, message: Any, destination: str, relay_state: str, *, response: bool) -> tuple[str, list[tuple[str, str]], str]:
        sent = self.idp.apply_binding(
            BINDING_HTTP_REDIRECT, str(message), destination, relay_state=relay_state, response=response, sign=True, sigalg=SIG_RSA_SHA256
        )
        return "303 See Other", [("Location", dict(sent["headers"])["Location"])], ""


if __name__ == "__main__":
    if CONFIG["aes"]:
        encrypt_with_aes()
    make_server("127.0.0.1", CONFIG["port"], Application()).serve_forever()
