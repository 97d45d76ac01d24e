"""What a fresh start has: eight people, three groups, one catalog app."""

from __future__ import annotations

from standin.apps import App, RoleAttribute, SignOn, Statement
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
    app = new_app(config, state, "catalog", config.product)
    state.apps[app.id] = app
    return state


def new_app(config: Config, state: State, kind_key: str, label: str) -> App:
    """An app of a kind, not yet in the state; a catalog app's settings fit the demo's workspace."""
    kind = KINDS[kind_key]
    slug = "".join(char for char in label.lower() if char.isascii() and char.isalnum()) or "app"
    names = {app.name for app in state.apps.values()}
    n = next(n for n in range(1, len(names) + 2) if kind.app_name.format(slug=slug, n=n) not in names or n > len(names))
    app = App(new_id(APP), new_id(KEY), kind.app_name.format(slug=slug, n=n), label, kind.key)
    key = new_key(new_id(KEY), "dev-7464750")
    app.keys = [key]
    app.sign_on = SignOn(statements=[Statement("firstName", "user.firstName"), Statement("lastName", "user.lastName")], key_id=key.id)
    app.integration.auth = kind.auths[0]
    if "oauth" in kind.auths:
        app.integration.authorize_url = config.portal("app", "/oauth2/authorize")
        app.integration.token_url = config.portal("app", "/oauth2/token")
    if kind.key == "catalog":
        _as_published(app, config)
    return app


def _as_published(app: App, config: Config) -> None:
    """What the product's own catalog entry brings along; of any other app the admin fills it in."""
    app.sign_on.acs_url = config.portal(config.workspace, config.acs_path)
    app.sign_on.audience = config.audience.replace("{workspace}", config.portal(config.workspace))
    app.integration.base_url = config.portal("api", "/scim/v2")
    app.role = RoleAttribute("roles.^[primary==true].value", values=["admin", "maker", "contributor", "viewer"])
