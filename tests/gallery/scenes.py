"""Every page in every state worth looking at: who stands where, and what they did last."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page

from portal.profile import Profile
from tests.gallery.population import World

Act = Callable[[Page], None]


@dataclass(frozen=True)
class Scene:
    """A page as `who` (owner, member, newcomer, mover or visitor) sees it at a host, after `act`; `path` may name ids: `{token}`."""

    name: str
    who: str
    path: str
    at: str = "acme"
    act: Act | None = None


def press(button: str, **fields: str) -> Act:
    """Fills fields in by how their labels begin (underscores are spaces) and presses the button."""

    def act(page: Page) -> None:
        for label, value in fields.items():
            page.get_by_label(re.compile(f"^{label.replace('_', ' ')}")).first.fill(value)
        page.get_by_role("button", name=button, exact=True).click()

    return act


def send(path: str, **fields: str) -> Act:
    """Posts a form of no page of ours, as another site or an old browser would."""
    script = """([path, fields]) => {
        const form = Object.assign(document.createElement("form"), { method: "post", action: path });
        for (const [name, value] of fields) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
        document.body.append(form);
        form.submit();
    }"""

    def act(page: Page) -> None:
        with page.expect_navigation():
            page.evaluate(script, [path, list(fields.items())])

    return act


def often(path: str, times: int = 35) -> Act:
    """Asks for an address more often than is allowed, then opens it."""

    def act(page: Page) -> None:
        here = page.url.rsplit("/", 1)[0]
        page.evaluate("async ([url, times]) => { for (let i = 0; i < times; i += 1) await fetch(url); }", [here + path, times])
        page.goto(here + path)

    return act


def choose(button: str, first: int) -> Act:
    """Ticks the first boxes of a list and presses the button."""

    def act(page: Page) -> None:
        for box in page.get_by_role("checkbox").all()[:first]:
            box.check()
        page.get_by_role("button", name=button, exact=True).click()

    return act


def outside(world: World) -> Iterator[Scene]:
    """Before one is signed in."""
    yield Scene("finder", "visitor", "/", "")
    yield Scene("finder-refused", "visitor", "/", "", press("Continue", Workspace_subdomain="not there"))
    yield Scene("unknown-workspace", "visitor", "/", "nowhere")
    yield Scene("sign-in", "visitor", "/sign-in")
    yield Scene("sign-in-refused", "visitor", "/sign-in", "acme", press("Sign in", Email="ada@acme.example", Password="not this one"))
    yield Scene("sign-in-password-only", "visitor", "/sign-in", "globex")
    yield Scene("sign-in-choose", "visitor", "/sso/start", "initech")
    yield Scene("recovery", "visitor", "/sign-in/recovery")
    yield Scene("recovery-refused", "visitor", "/sign-in/recovery", "acme", press("Sign in", Email="ada@acme.example", Recovery_code="abc"))
    yield Scene("recovery-link", "visitor", "/recover/{recovery-link}", "initech")
    yield Scene("recovery-link-used", "visitor", "/recover/wpl_used", "initech")
    yield Scene("set-password", "visitor", "/set-password/{link}")
    yield Scene("set-password-refused", "visitor", "/set-password/{link}", "acme", press("Set password", New_password="short"))
    yield Scene("set-password-used", "visitor", "/set-password/wpl_used")
    yield Scene("sso-refused", "visitor", "/sign-in", "acme", send(world.app.config["PROFILE"].saml.acs_path, SAMLResponse="bm90IHhtbA=="))
    yield Scene("sso-signed-out", "visitor", "/sso/logout?ticket=one")
    yield Scene("sso-logout-refused", "visitor", world.app.config["PROFILE"].saml.slo_path + "?SAMLRequest=no")
    yield Scene("oauth-refused", "visitor", "/oauth2/authorize?client_id=nobody", "app")
    yield Scene("error-400", "visitor", "/sign-in", "acme", send("/sign-in", email="x"))
    yield Scene("error-404-outside", "visitor", "/nowhere")
    yield Scene("error-429", "visitor", "/sign-in", "initech", often("/recover/wpl_often"))
    yield Scene("error-503", "visitor", "/gallery/503")


def consent(world: World) -> Iterator[Scene]:
    """Okta's popup."""
    if "okta" in world.ids:
        there = Scene("oauth-workspace", "owner", world.ids["okta"], "app")
        yield there
        yield Scene("consent", "owner", there.path, "app", press("Continue", Workspace_subdomain="acme"))
        yield Scene("consent-not-yours", "member", there.path, "app", press("Continue", Workspace_subdomain="acme"))


def people(profile: Profile) -> Iterator[Scene]:
    """Members, groups, roles, seats."""
    yield Scene("home", "owner", "/")
    yield Scene("home-empty", "newcomer", "/", "globex")
    yield Scene("members", "owner", "/members")
    yield Scene("members-many", "mover", "/members", "initech")
    yield Scene("members-none", "owner", "/members?q=zzz&status=active")
    yield Scene("member-new", "owner", "/members/new")
    yield Scene("member-new-refused", "owner", "/members/new", "acme", press("Add member", First_name="Tim", User_name="tim@acme.example"))
    yield Scene("member-added", "owner", "/members/new", "acme", press("Add member", First_name="Ida", User_name="ida.two"))
    yield Scene("member-managed", "owner", "/members/{managed}")
    yield Scene("member-by-hand", "owner", "/members/{Margaret}")
    yield Scene("member-not-mailed", "owner", "/members/{Tim}")
    yield Scene("member-long-name", "owner", "/members/{long}")
    yield Scene("member-removed", "owner", "/members/{gone}")
    for verb in ("deactivate", "password", "owner"):
        yield Scene(f"member-{verb}", "owner", f"/members/{{Margaret}}/{verb}")
    yield Scene("member-reactivate", "owner", "/members/{Ida}/reactivate")
    yield Scene("member-managed-deactivate", "owner", "/members/{managed}/deactivate")
    yield Scene("member-password-link", "owner", "/members/{Margaret}/password", "acme", press("Make password link"))
    for verb, first in (("deactivate", 3), ("reactivate", 50)):
        yield Scene(f"members-{verb}", "owner", "/members?source=manual", "acme", choose(f"{verb.capitalize()} chosen members", first))
    yield from groups(profile)
    yield Scene("roles", "owner", "/roles")
    yield Scene("roles-retired", "mover", "/roles/retired", "initech")
    yield Scene("member-retired", "mover", "/members/{intern}", "initech")
    if profile.features.custom_roles:
        yield Scene("roles-empty", "newcomer", "/roles", "globex")
        yield Scene("role-new", "owner", "/roles/new")
        yield Scene("role-new-refused", "owner", "/roles/new", "acme", press("Create custom role", Name=profile.roles[0].name))
        yield Scene("role", "owner", "/roles/{role}")
        yield Scene("role-delete", "owner", "/roles/{spare-role}/delete")
    yield Scene("seats", "owner", "/seats")
    yield Scene("seats-empty", "newcomer", "/seats", "globex")
    if profile.features.subsidiaries:
        yield Scene("subsidiaries-empty", "newcomer", "/subsidiaries", "globex")
        yield Scene("subsidiaries", "owner", "/subsidiaries", "acme", press("Add subsidiary", Name="Acme Orbital GmbH"))


def groups(profile: Profile) -> Iterator[Scene]:
    """Groups, where the product has them."""
    if not profile.features.groups:
        return
    yield Scene("groups", "owner", "/groups")
    yield Scene("groups-empty", "newcomer", "/groups", "globex")
    yield Scene("group-new", "owner", "/groups/new")
    yield Scene("group-new-refused", "owner", "/groups/new", "acme", press(f"Create {profile.words.group}", Name="Steering committee"))
    yield Scene("group-by-hand", "owner", "/groups/{by-hand-group}?q=tim")
    yield Scene("group-delete", "owner", "/groups/{by-hand-group}/delete")
    if profile.scim.groups:
        yield Scene("group-managed", "owner", "/groups/{managed-group}")


def connecting(profile: Profile) -> Iterator[Scene]:
    """SSO and SCIM, integrations, connected apps, the guide."""
    yield Scene("sso", "owner", "/settings/sso")
    yield Scene("sso-empty", "newcomer", "/settings/sso", "globex")
    for page in ("", "/undo", "/keep", "/let-through"):
        yield Scene(f"mass-deactivation{page.replace('/', '-')}", "mover", f"/mass-deactivations/{{mass}}{page}", "initech")
    yield Scene("home-mass-deactivation", "mover", "/", "initech")
    yield Scene("match-report", "mover", "/settings/sso/scim", "initech")
    yield Scene("scim-disable", "owner", "/settings/sso/scim/disable")
    yield Scene("sso-refused-settings", "newcomer", "/settings/sso", "globex", press("Save & authorize", Metadata_URL="ftp://x"))
    yield Scene("sso-candidate", "mover", "/settings/sso", "initech")
    yield Scene("sso-authorize", "mover", "/settings/sso/authorize", "initech")
    yield Scene("sso-disconnect", "owner", "/settings/sso/connections/{connection}/disconnect")
    yield Scene("sso-recovery-codes", "owner", "/settings/sso", "acme", press("Make recovery codes"))
    yield Scene("integrations", "owner", "/integrations")
    yield Scene("integrations-empty", "newcomer", "/integrations", "globex")
    yield Scene("token-new", "owner", "/integrations/tokens/new")
    yield Scene("token-new-refused", "owner", "/integrations/tokens/new", "acme", press(profile.words.generate_token))
    yield Scene("token-secret", "owner", "/integrations/tokens/new", "acme", press(profile.words.generate_token, Name="Okta spare"))
    if profile.scim.one_step:
        yield Scene("token-new-first", "mover", "/integrations/tokens/new", "initech")
    if profile.words.add_integration:
        yield Scene("integrations-add", "owner", "/integrations/add")
        yield Scene("integrations-add-first", "mover", "/integrations/add", "initech")
    yield Scene("token", "owner", "/integrations/tokens/{token}")
    yield Scene("token-reset", "owner", "/integrations/tokens/{token}/reset")
    yield Scene("token-revoke", "owner", "/integrations/tokens/{token}/revoke")
    yield Scene("client-new", "owner", "/integrations/clients/new")
    yield Scene("client", "owner", "/integrations/clients/{client}")
    yield Scene("client-remove", "owner", "/integrations/clients/{client}/remove")
    yield Scene("client-reset", "owner", "/integrations/clients/{client}/reset-secret")
    yield Scene("client-secret", "owner", "/integrations/clients/{client}/reset-secret", "acme", press("Reset secret"))
    yield Scene("connected-apps", "owner", "/connected-apps")
    yield Scene("connected-apps-empty", "newcomer", "/connected-apps", "globex")
    if "2.0" in profile.scim.versions:
        yield Scene("connected-app-disconnect", "owner", "/connected-apps/{consent}/disconnect")
        yield Scene("guide-catalog", "owner", "/okta-guide?app=catalog")
        yield Scene("guide-custom", "owner", "/okta-guide?app=custom")
    if "1.1" in profile.scim.versions:
        yield Scene("guide-scim-11", "owner", "/okta-guide?app=scim-11")


def watching() -> Iterator[Scene]:
    """Logs, troubleshooting, one's account, and what goes wrong inside."""
    yield Scene("provisioning-log", "owner", "/provisioning-log")
    yield Scene("provisioning-log-empty", "newcomer", "/provisioning-log", "globex")
    yield Scene("provisioning-log-none", "owner", "/provisioning-log?q=zzz")
    yield Scene("provisioning-log-entry", "owner", "/provisioning-log/{event}")
    yield Scene("provisioning-log-keeping", "owner", "/provisioning-log/keeping", "acme", press("Save", Keep_entries_for="2"))
    yield Scene("audit-log", "owner", "/audit-log")
    yield Scene("audit-log-none", "newcomer", "/audit-log?q=zzz", "globex")
    yield Scene("troubleshooting", "owner", "/troubleshooting")
    yield Scene("troubleshooting-empty", "newcomer", "/troubleshooting", "globex")
    yield Scene("settings", "owner", "/settings")
    yield Scene("account", "owner", "/account")
    yield Scene("account-member", "member", "/account")
    yield Scene("account-refused", "owner", "/account", "acme", press("Change password", Current_password="wrong", New_password="short"))
    yield Scene("error-403", "member", "/members")
    yield Scene("error-404", "owner", "/members/00000000-0000-0000-0000-000000000000")
    yield Scene("error-405", "owner", "/account/password")
    yield Scene("error-500", "owner", "/gallery/500")


def every(world: World) -> list[Scene]:
    """All scenes, in an order in which the ones that change something stand last of their kind."""
    profile = world.app.config["PROFILE"]
    return [*people(profile), *connecting(profile), *watching(), *consent(world), *outside(world)]
