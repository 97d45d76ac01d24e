"""The schema of SAML 2.0 assertions, as python3-saml ships it."""

from __future__ import annotations

from pathlib import Path

import onelogin.saml2
from lxml import etree

from portal.saml.xml import Element, alone, everywhere

_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_SCHEMAS = Path(onelogin.saml2.__file__).parent / "schemas"
# Read when this module is: libxml2 prepares its types at the first schema, and two threads that both begin with it crash the process.
_ASSERTION = etree.XMLSchema(etree.parse(str(_SCHEMAS / "saml-schema-assertion-2.0.xsd")))


def follows_assertion_schema(assertion: Element) -> bool:
    """Whether the assertion, in canonical form, has the elements and attributes that SAML core §2.3 allows, in their order.

    The types of attribute values do not count: their prefix (`xs:string`) is declared where the canonical form leaves it out.
    """
    copy = alone(assertion)
    for value in everywhere(copy, "saml:AttributeValue"):
        value.attrib.pop(_TYPE, None)
    return bool(_ASSERTION.validate(copy))
