"""A person at a browser without scripts, who inspects each page that comes (the idea is GOV.UK Notify's).

pages = at("acme", cast.grace)
pages.open("/members").follow("Alan Turing").submit("Save", {"Title": "Mathematician"})
assert pages.notice == "Alan Turing is saved."
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

from lxml import html
from werkzeug.test import TestResponse

from portal.domain.telling import undirected
from tests.support.site import HostClient

Element = Any


class PageClient:
    """Opens pages of one host, follows links and sends forms; every HTML page must pass `inspect`."""

    def __init__(self, client: HostClient) -> None:
        self.client = client
        self.response: TestResponse
        self.page: Element = None
        self.path = "/"

    # Going somewhere

    def open(self, path: str, *, status: int = 200) -> PageClient:
        """Opens a path of this host and follows redirects within it; the last answer must have `status`."""
        return self._arrive(self.client.get(path), path, status)

    def follow(self, text: str, *, status: int = 200) -> PageClient:
        """Follows the one link whose accessible name is `text`."""
        links = [link for link in self.page.iter("a") if link.get("href") and name_of(link) == text]
        assert len({link.get("href") for link in links}) == 1, f"{len(links)} links “{text}” among {self.links}"
        return self.open(self._local(links[0].get("href")), status=status)

    def submit(self, button: str, fields: dict[str, Any] | None = None, *, status: int = 200, within: str = "") -> PageClient:
        """Sends the one form that has the button, as a browser would, with `fields` by their labels filled in.

        A value is a text, True or False for a checkbox, the label of a choice, or a (stream, file name) pair. `within`
        narrows the choice to the element with that id.
        """
        form, pressed = self._form_with(button, within)
        data = values_of(form, pressed)
        for label, value in (fields or {}).items():
            fill(form, data, label, value)
        path = self._local(pressed.get("formaction") or form.get("action") or self.path)
        if (form.get("method") or "get").lower() == "get":
            return self._arrive(self.client.get(path, query_string=data), path, status)
        return self._arrive(self.client.post(path, data=data), path, status)

    # Reading

    @property
    def heading(self) -> str:
        """The text of the page's h1."""
        return text_of(self.page.find(".//h1"))

    @property
    def text(self) -> str:
        """The text of the page, spaces folded."""
        return text_of(self.page.find("body"))

    @property
    def links(self) -> list[str]:
        """The names of all links."""
        return [name_of(link) for link in self.page.iter("a")]

    @property
    def buttons(self) -> list[str]:
        """The names of all buttons."""
        return [name_of(button) for button in self.page.iter("button")]

    @property
    def notice(self) -> str:
        """What the notices after a redirect say, without the word that only screen readers get; or an empty string."""
        words = self.page.xpath("//*[contains(@class, 'notices')]//p//text()[not(ancestor::*[contains(@class, 'visually-hidden')])]")
        return " ".join("".join(words).split())

    @property
    def errors(self) -> list[str]:
        """The sentences of the error summary; each that is a link must lead to something on the page."""
        for link in self.page.xpath("//*[@role='alert']//li/a"):
            assert self.page.xpath("//*[@id=$id]", id=link.get("href").removeprefix("#")), link.get("href")
        return [text_of(item) for item in self.page.xpath("//*[@role='alert']//li")]

    def value(self, label: str) -> str:
        """What stands in the field with this label."""
        field = field_named(self.page, label)
        if field.tag == "select":
            return text_of(next(iter(field.xpath(".//option[@selected]")), field.find(".//option")))
        return (field.text or "") if field.tag == "textarea" else field.get("value", "")

    def locked(self, label: str) -> bool:
        """Whether the field with this label cannot be changed."""
        field = field_named(self.page, label)
        return field.get("readonly") is not None or field.get("disabled") is not None

    def rows(self, caption: str = "") -> list[list[str]]:
        """The cells of a table's body rows: of the only table, or the one whose caption begins with `caption`."""
        tables = [t for t in self.page.iter("table") if t.find("caption") is not None and text_of(t.find("caption")).startswith(caption)]
        assert len(tables) == 1, f"{len(tables)} tables “{caption}”"
        return [[text_of(cell) for cell in row if cell.tag in ("td", "th")] for row in tables[0].xpath("./tbody/tr")]

    def _arrive(self, response: TestResponse, path: str, status: int) -> PageClient:
        for _ in range(10):
            self.path = urlsplit(path).path or "/"
            if response.status_code not in (301, 302, 303, 307, 308) or status == response.status_code:
                break
            path = self._local(response.location)
            response = self.client.get(path)
        self.response = response
        assert response.status_code == status, f"{response.status_code} at {path}: {response.text[:600]}"
        self.page = None
        if response.mimetype == "text/html" and response.data:
            self.page = html.document_fromstring(response.text)
            inspect(self.page, path)
        return self

    def _local(self, url: str) -> str:
        parts, here = urlsplit(url), urlsplit(self.client.host_url)
        assert not parts.netloc or parts.netloc == here.netloc, f"leads away from {here.netloc}: {url}"
        path = parts.path or self.path
        return f"{path}?{parts.query}" if parts.query else path

    def _form_with(self, button: str, within: str) -> tuple[Element, Element]:
        scope = self.page.xpath("//*[@id=$id]", id=within)[0] if within else self.page
        found = [b for b in scope.xpath(".//button | .//input[@type='submit']") if name_of(b) == button]
        assert len(found) == 1, f"{len(found)} buttons “{button}” among {self.buttons}"
        owner = found[0].get("form")
        forms = self.page.xpath("//form[@id=$id]", id=owner) if owner else list(found[0].iterancestors("form"))
        assert len(forms) == 1, f"the button “{button}” stands in no form"
        assert found[0].get("disabled") is None, f"the button “{button}” is disabled"
        return forms[0], found[0]


# What a form would send


def values_of(form: Element, pressed: Element) -> dict[str, Any]:
    """The form's fields as a browser would send them with the button `pressed` (HTML, 4.10.21.4)."""
    data: dict[str, Any] = {}
    for field in form.xpath(".//input[@name] | .//select[@name] | .//textarea[@name]"):
        kind = field.get("type", "text")
        if field.get("disabled") is not None or kind in ("submit", "button", "file"):
            continue
        if kind in ("checkbox", "radio"):
            if field.get("checked") is not None:
                _add(data, field.get("name"), field.get("value", "on"))
        elif field.tag == "select":
            options = field.xpath(".//option[@selected]") or ([] if field.get("multiple") is not None else field.xpath(".//option")[:1])
            for option in options:
                _add(data, field.get("name"), option.get("value", text_of(option)))
        else:
            _add(data, field.get("name"), field.get("value", "") if field.tag == "input" else (field.text or ""))
    if pressed.get("name"):
        _add(data, pressed.get("name"), pressed.get("value", ""))
    return data


def fill(form: Element, data: dict[str, Any], label: str, value: Any) -> None:
    """Sets the field that has this label, in `data`; a field that a browser would not let one change is refused."""
    field = field_named(form, label)
    locked = field.get("readonly") is not None or field.get("disabled") is not None
    assert not locked, f"“{label}” is locked"
    name = field.get("name")
    if field.get("type") in ("checkbox", "radio"):
        chosen = data.get(name, [])
        kept = [item for item in (chosen if isinstance(chosen, list) else [chosen]) if item != field.get("value", "on")]
        data[name] = [*(kept if field.get("type") == "checkbox" else []), *([field.get("value", "on")] if value else [])]
    elif field.tag == "select":
        options = {text_of(option): option.get("value", text_of(option)) for option in field.iter("option")}
        assert value in options, f"“{label}” has no choice “{value}”: {list(options)}"
        data[name] = options[value]
    else:
        data[name] = value


def field_named(scope: Element, label: str) -> Element:
    """The one field in `scope` with this label."""
    found = [f for f in scope.xpath(".//input | .//select | .//textarea") if f.get("type") != "hidden" and name_of(f) == label]
    names = [name_of(f) for f in scope.xpath(".//input[not(@type='hidden')] | .//select | .//textarea")]
    assert len(found) == 1, f"{len(found)} fields “{label}” among {names}"
    return found[0]


def _add(data: dict[str, Any], name: str, value: str) -> None:
    data[name] = value if name not in data else [*(data[name] if isinstance(data[name], list) else [data[name]]), value]


# What elements are called


def text_of(element: Element) -> str:
    """The element's text, spaces folded, without what nobody sees: scripts, templates, hidden and aria-hidden parts."""
    if element is None:
        return ""
    unseen = "ancestor::script or ancestor::template or ancestor::*[@hidden] or ancestor::*[@aria-hidden='true']"
    return " ".join("".join(element.xpath(f".//text()[not({unseen})]")).split())


def name_of(element: Element) -> str:
    """The element's accessible name: aria-labelledby, aria-label, its labels, then its own text (accname 1.2, simplified)."""
    root = element.getroottree()
    if ids := element.get("aria-labelledby"):
        return " ".join(text_of(found) for key in ids.split() for found in root.xpath("//*[@id=$id]", id=key))
    if label := element.get("aria-label"):
        return str(label)
    if element.tag in ("input", "select", "textarea") and element.get("type") not in ("submit", "button"):
        labels = root.xpath("//label[@for=$id]", id=element.get("id")) if element.get("id") else []
        return " ".join(text_of(label) for label in labels or element.iterancestors("label"))
    return element.get("value", "") if element.tag == "input" else text_of(element)


# What every page must be


def inspect(page: Element, path: str) -> None:
    """Raises AssertionError with everything that is wrong with the page."""
    problems = [*_head(page), *_fields(page), *_inline(page), *_ids(page)]
    assert not problems, f"{path}:\n  " + "\n  ".join(problems)


def _head(page: Element) -> list[str]:
    headings = [text_of(h) for h in page.iter("h1")]
    title = text_of(page.find(".//title"))
    problems = [] if page.get("lang") else ["html has no lang"]
    if len(headings) != 1 or not headings[0]:
        return [*problems, f"h1: {headings}"]
    if not title.removeprefix("Error: ").startswith(undirected(headings[0])):  # a title cannot set a name apart
        problems.append(f"the title “{title}” does not begin with the heading “{headings[0]}”")
    return problems


def _fields(page: Element) -> list[str]:
    fields = page.xpath("//input[not(@type='hidden')] | //select | //textarea | //button | //a[@href]")
    seen = [field for field in fields if field.get("aria-hidden") != "true"]
    return [f"no accessible name: {html.tostring(f, encoding='unicode')[:120]}" for f in seen if not name_of(f)]


def _inline(page: Element) -> list[str]:
    """The content policy forbids these, so they would be dead."""
    problems = [f"inline script: {text_of(s)[:60]}" for s in page.iter("script") if not s.get("src") and "json" not in s.get("type", "")]
    problems += ["inline style element" for _ in page.iter("style")]
    for element in page.iter():
        if isinstance(element.tag, str):
            bad = [name for name in element.attrib if name == "style" or name.startswith("on")]
            problems += [f"{name}= on <{element.tag}>" for name in bad]
    return problems


def _ids(page: Element) -> list[str]:
    counts = Counter(page.xpath("//@id"))
    problems = [f"id {key} is used {count} times" for key, count in counts.items() if count > 1]
    for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
        for value in page.xpath(f"//@{attribute}"):
            problems += [f"{attribute} names {key}, which is not there" for key in value.split() if key not in counts]
    return problems
