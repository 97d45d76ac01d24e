"""XML from outside, read so that it cannot hurt: no document types, no entities, no giants, one text for each element."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from lxml import etree

Element = Any
"""An lxml element; lxml brings no types of its own."""

NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
    "xenc11": "http://www.w3.org/2009/xmlenc11#",
}
LARGEST = 256 * 1024
DEEPEST = 40
MOST_ELEMENTS = 5_000


class BadXml(Exception):
    """XML that is not read; `code` is too-large, too-deep, doctype or not-xml."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse(content: bytes, *, largest: int = LARGEST, most_elements: int = MOST_ELEMENTS) -> Element:
    """The root element of UTF-8 `content`; raises BadXml.

    A DOCTYPE is refused before the parser sees it, so no entity is ever declared, fetched or expanded.
    """
    if len(content) > largest:
        raise BadXml("too-large")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadXml("not-xml") from None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadXml("doctype")
    # The encoding is given, so that no XML declaration can make the parser read other characters than those checked.
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadXml("too-deep" if "depth" in str(error).lower() else "not-xml") from None
    _measure(root, most_elements)
    return root


def parse_within(content: bytes, place: Element) -> Element:
    """The root element of a fragment that may lean on the namespaces declared around its place; raises BadXml."""
    try:
        return parse(content)
    except BadXml as error:
        if error.code != "not-xml":
            raise
    around = etree.tostring(etree.Element("around", nsmap=place.nsmap)).removesuffix(b"/>")
    found = parse(around + b">" + content + b"</around>")
    if len(found) != 1 or not isinstance(found[0].tag, str):
        raise BadXml("not-xml")
    return alone(found[0])


def _measure(root: Element, most_elements: int) -> None:
    depth = count = 0
    for event, _node in etree.iterwalk(root, events=("start", "end", "pi")):
        if event == "pi":
            raise BadXml("not-xml")
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > DEEPEST:
            raise BadXml("too-deep")
        if count > most_elements:
            raise BadXml("too-large")


def canonical(element: Element) -> Element:
    """The element as its exclusive canonical form reads: what a digest covers, without comments, so that texts are whole."""
    return etree.fromstring(etree.tostring(element, method="c14n", exclusive=True, with_comments=False))


def alone(element: Element) -> Element:
    """A copy of the element as root of a document of its own, where no other element can be mistaken for it."""
    return etree.fromstring(etree.tostring(element, with_tail=False))


def tag(name: str) -> str:
    """`samlp:Response` as lxml writes it."""
    prefix, _, local = name.partition(":")
    return f"{{{NS[prefix]}}}{local}"


def children(element: Element, *names: str) -> list[Element]:
    """The elements at the end of a path of child names, `children(assertion, "saml:Conditions", "saml:AudienceRestriction")`."""
    found = [element]
    for name in names:
        found = [child for parent in found for child in parent.findall(tag(name))]
    return found


def everywhere(root: Element, name: str) -> Iterator[Element]:
    """Every element of this name in the document, the root included."""
    found: Iterator[Element] = root.iter(tag(name))
    return found


def text(element: Element | None) -> str:
    """The whole text of an element without comments, trimmed; empty for none."""
    return "".join(element.xpath("descendant-or-self::*/text()")).strip() if element is not None else ""


def instant(value: str) -> datetime:
    """An xs:dateTime in UTC (SAML core §1.3.3); raises ValueError."""
    moment = datetime.fromisoformat(value.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def stamp(moment: datetime) -> str:
    """An instant as SAML messages write it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
