"""A person at a browser without scripts who walks across sites: the portal and an identity provider, over real sockets."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import httpx
from lxml import html

from tests.support.http import browserless
from tests.support.simplesamlphp import PASSWORD


class Walker:
    """Keeps cookies and follows redirects; pages whose only button goes on by itself are gone through."""

    def __init__(self) -> None:
        self.http = browserless(follow_redirects=True)
        self.answer: httpx.Response

    def open(self, url: str) -> Walker:
        """Opens an address and goes on to where a person has to do something."""
        return self._arrive(self.http.get(url))

    def submit(self, button: str, files: dict[str, Any] | None = None, **fields: str) -> Walker:
        """Sends the form with this button, with fields by their names."""
        form = next(form for form in self.page.iter("form") if any(button in _text(item) for item in form.iter("button")))
        return self._arrive(self._send(form, fields, files))

    def sign_in_there(self, user: str) -> Walker:
        """Signs in at SimpleSAMLphp's page."""
        form = next(form for form in self.page.iter("form") if "password" in form.fields)
        return self._arrive(self._send(form, {"username": user, "password": PASSWORD}, None))

    @property
    def page(self) -> Any:
        """The page, parsed."""
        return html.document_fromstring(self.answer.text, base_url=str(self.answer.url))

    @property
    def text(self) -> str:
        """The page's text, spaces folded."""
        return _text(self.page.find("body"))

    @property
    def url(self) -> str:
        """Where the walk stands."""
        return str(self.answer.url)

    def _arrive(self, answer: httpx.Response) -> Walker:
        self.answer = answer
        while (form := self._goes_on()) is not None:
            self.answer = self._send(form, {}, None)
        return self

    def _goes_on(self) -> Any:
        forms = self.page.xpath("//form[.//input[@name='SAMLResponse' or @name='SAMLRequest']]")
        return forms[0] if forms else None

    def _send(self, form: Any, fields: dict[str, str], files: dict[str, Any] | None) -> httpx.Response:
        data = {**dict(form.form_values()), **fields}
        url = urljoin(self.url, form.get("action") or self.url)
        if form.method == "GET":
            return self.http.get(url, params=data)
        return self.http.post(url, data=data, files=files)


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
