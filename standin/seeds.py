"""What a fresh start has: eight people, three groups, the product's app."""

from __future__ import annotations

from standin.apps import CORE11, CORE20, App, RoleAttribute, SignOn, Statement
from standin.config import Config
from standin.ids import APP, GROUP, KEY, PERSON, new_id
from standin.keys import new_key
from standin.kinds import KINDS
from standin.people import Group, Person
from standin.state import State

PEOPLE = (
    ("Ada", "Lovelace", "Staff engineer", "Engineering", "employee"),
    ("Grace", "Hopper", "Principal engineer", "Engineering", "employee"),
    ("Alan", "Turing", "Researcher", "Engineering", "contractor"),
    ("Katherine", "Johnson", "Data analyst", "Product", "employee"),
    ("Mary", "Jackson", "Product manager", "Product", "employee"),
    ("Annie", "Easley", "Designer", "Design", "contractor"),
    ("Radia", "Perlman", "Support lead", "Support", "employee"),
)
GROUPS = (
    ("Engineering", "People who build the product", ("Ada", "Grace", "Alan")),
    ("Product", "", ("Katherine", "Mary")),
    ("Everyone at Acme", "", ("Olivia", "Ada", "Grace", "Alan", "Katherine", "Mary", "Annie", "Radia")),
)


def seed(config: Config) -> State:
    """A fresh state."""
    state = State()
    first, _, last = config.owner_name.partition(" ")
    domain = config.owner_email.rpartition("@")[2]
    owner = Person(new_id(PERSON), first, last or first, config.owner_email, config.owner_email, "IT administrator", "IT")
    owner.user_type, owner.organization = "employee", "Acme"
    people = {"Olivia": owner}
    for first, last, title, department, user_type in PEOPLE:
        email = f"{first}.{last}@{domain}".lower()
        people[first] = Person(new_id(PERSON), first, last, email, email, title, department, "Acme", "", owner.id, user_type)
    state.people = {person.id: person for person in people.values()}
    for name, description, members in GROUPS:
        group = Group(new_id(GROUP), name, description, [people[member].id for member in members])
        state.groups[group.id] = group
    app = new_app(config, state, config.kind, config.product)
    state.apps[app.id] = app
    return state


def new_app(config: Config, state: State, kind_key: str, label: str) -> App:
    """An app of a kind, not yet in the state; the settings of the product's own kind fit the demo's workspace."""
    kind = KINDS[kind_key]
    slug = "".join(char for char in label.lower() if char.isascii() and char.isalnum()) or "app"
    names = {app.name for app in state.apps.values()}
    n = next(n for n in range(1, len(names) + 2) if kind.app_name.format(slug=slug, n=n) not in names or n > len(names))
    app = App(new_id(APP), new_id(KEY), kind.app_name.format(slug=slug, n=n), label, kind.key)
    key = new_key(new_id(KEY), "dev-7464750")
    app.keys = [key]
    app.sign_on = SignOn(
        statements=[Statement(config.first_name, "user.firstName"), Statement(config.last_name, "user.lastName")], key_id=key.id
    )
    app.integration.auth = kind.auths[0]
    if "oauth" in kind.auths:
        app.integration.authorize_url = config.portal("app", "/oauth2/authorize")
        app.integration.token_url = config.portal("app", "/oauth2/token")
    if kind.key == config.kind:
        _as_published(app, config)
    return app


def _as_published(app: App, config: Config) -> None:
    """What the product's own app brings along; a test app's base URL is filled in by the admin, as of any other app."""
    app.sign_on.acs_url = config.portal(config.workspace, config.acs_path)
    app.sign_on.audience = config.audience.replace("{workspace}", config.portal(config.workspace))
    if app.kind.key.startswith("catalog"):
        app.integration.base_url = config.scim_url or config.portal("api", "/scim/v2")
    namespace = CORE11 if app.kind.version == "1.1" else CORE20
    app.role = RoleAttribute(config.role_attribute, namespace, list(config.roles))
