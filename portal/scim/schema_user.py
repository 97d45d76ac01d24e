"""The attributes of a User (RFC 7643 §3.1, §4.1) and of the enterprise extension (§4.3)."""

from __future__ import annotations

from portal.scim.attributes import Attribute

ID = Attribute(
    "id",
    description="Identifier of the resource; never changes.",
    case_exact=True,
    mutability="readOnly",
    returned="always",
    uniqueness="server",
    column="id",
)
EXTERNAL_ID = Attribute("externalId", description="The client's own identifier.", case_exact=True, column="external_id")
SCHEMAS = Attribute(
    "schemas", "reference", multi_valued=True, case_exact=True, mutability="readOnly", returned="always", computed="schemas",
    reference_types=("uri",), description="URNs of the schemas in use.",
)  # fmt: skip


def _read_only(name: str, type_: str, description: str, *, column: str = "", computed: str = "") -> Attribute:
    return Attribute(
        name, type_, case_exact=type_ != "dateTime", mutability="readOnly", description=description, column=column, computed=computed
    )


META = Attribute(
    "meta",
    "complex",
    mutability="readOnly",
    description="About the resource itself.",
    sub_attributes=(
        _read_only("resourceType", "string", "User or Group.", computed="resourceType"),
        _read_only("created", "dateTime", "When it was created.", column="created_at"),
        _read_only("lastModified", "dateTime", "When it last changed.", column="modified_at"),
        _read_only("location", "reference", "Its address.", computed="location"),
        _read_only("version", "string", "Its entity tag.", computed="version"),
    ),
)

NAME = Attribute(
    "name",
    "complex",
    description="The person's name.",
    sub_attributes=(
        Attribute("formatted", description="The whole name; recomputed when given or family name change under it."),
        Attribute("familyName", description="Family name.", column="family_name"),
        Attribute("givenName", description="Given name.", column="given_name"),
        Attribute("middleName", description="Middle name."),
        Attribute("honorificPrefix", description="Title before the name."),
        Attribute("honorificSuffix", description="Suffix after the name."),
    ),
)


def _plural(name: str, description: str, value: Attribute, kinds: tuple[str, ...] = (), computed: str = "") -> Attribute:
    """A multi-valued complex attribute with the default sub-attributes of RFC 7643 §2.4."""
    return Attribute(
        name,
        "complex",
        multi_valued=True,
        description=description,
        computed=computed,
        sub_attributes=(
            value,
            Attribute("display", description="For people to read."),
            Attribute("type", description="What it is for.", canonical_values=kinds),
            Attribute("primary", "boolean", description="Whether it is the preferred one; at most one is."),
        ),
    )


def _value(type_: str = "string", description: str = "The value.", *, exact: bool = False, references: tuple[str, ...] = ()) -> Attribute:
    return Attribute("value", type_, description=description, case_exact=exact, reference_types=references)


ADDRESSES = Attribute(
    "addresses",
    "complex",
    multi_valued=True,
    description="Postal addresses.",
    sub_attributes=(
        *(Attribute(name, multi_line=True) for name in ("formatted", "streetAddress")),
        *(Attribute(name) for name in ("locality", "region", "postalCode", "country")),
        Attribute("type", canonical_values=("work", "home", "other")),
        Attribute("primary", "boolean"),
    ),
)
GROUPS = Attribute(
    "groups",
    "complex",
    multi_valued=True,
    mutability="readOnly",
    computed="groups",
    description="The groups the member is in; changed through the groups.",
    sub_attributes=(
        Attribute("value", case_exact=True, mutability="readOnly", description="The group's id."),
        Attribute("$ref", "reference", case_exact=True, mutability="readOnly", reference_types=("Group",), description="Its address."),
        Attribute("display", mutability="readOnly", description="The group's name."),
        Attribute("type", mutability="readOnly", canonical_values=("direct",), description="Always direct: groups hold members only."),
    ),
)

_PHONES = ("work", "home", "mobile", "fax", "pager", "other")
_IMS = ("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo")

USER = (
    SCHEMAS,
    ID,
    EXTERNAL_ID,
    META,
    Attribute(
        "userName",
        required=True,
        uniqueness="server",
        column="user_name",
        folded="user_name_folded",
        description="What the member signs in as; unique in the workspace in any letter case, kept in the case given.",
    ),
    NAME,
    Attribute("displayName", column="display_name", description="The name that pages show."),
    Attribute("nickName", description="How the person is casually called."),
    Attribute("profileUrl", "reference", case_exact=True, reference_types=("external",), description="The person's page elsewhere."),
    Attribute("title", column="title", description="Job title."),
    Attribute("userType", description="The kind of member."),
    Attribute("preferredLanguage", description="Preferred language, as in Accept-Language."),
    Attribute("locale", description="Language and region, like en-US."),
    Attribute("timezone", description="IANA time zone, like Europe/Berlin."),
    Attribute("active", "boolean", computed="status", description="Whether the member may sign in; inactive ones stay readable."),
    _plural(
        "emails",
        "E-mail addresses; the primary one is the member's.",
        _value(description="The address."),
        ("work", "home", "other"),
        "emails",
    ),
    _plural("phoneNumbers", "Phone numbers.", _value(description="The number."), _PHONES),
    _plural("ims", "Instant messaging addresses.", _value(description="The address."), _IMS),
    _plural("photos", "Addresses of pictures.", _value("reference", exact=True, references=("external",)), ("photo", "thumbnail")),
    ADDRESSES,
    GROUPS,
    _plural("entitlements", "What the person is entitled to; kept as received.", _value()),
    _plural("roles", "Roles; kept as received.", _value()),
    _plural("x509Certificates", "Certificates, DER in base64.", _value("binary", exact=True)),
)

ENTERPRISE = (
    Attribute("employeeNumber", description="Number or code in the company."),
    Attribute("costCenter", description="Cost centre."),
    Attribute("organization", column="organization", description="The company."),
    Attribute("division", column="division", description="The division or subsidiary."),
    Attribute("department", column="department", description="The department."),
    Attribute(
        "manager",
        "complex",
        computed="manager",
        description="Whom the person reports to.",
        sub_attributes=(
            Attribute("value", case_exact=True, description="The manager's identifier."),
            Attribute("$ref", "reference", case_exact=True, reference_types=("User",), description="The manager's address."),
            Attribute("displayName", description="The manager's name."),
        ),
    ),
)
