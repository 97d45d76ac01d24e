"""Sign-on: reads the app's request, and answers for a person who is signed in at the IdP."""

from __future__ import annotations

from standin.apps import App
from standin.assertion import Subject, respond
from standin.attributes import app_profile
from standin.expressions import evaluate, variables
from standin.failures import take
from standin.org import Org
from standin.people import Invalid, Person
from standin.saml_xml import NAME_ID_FORMATS, SAML, SAMLP, decode, encode, new_id, parse
from standin.sessions import AppSession, Session
from standin.waiting import AuthnRequest

SPOILS = ("clock-skew", "altered", "unsigned", "wrong-audience", "wrong-recipient", "expired")


class NotAssigned(Exception):
    """The person is not assigned to the app: Okta says so, and the app never hears of it."""


def read_request(org: Org, app: App, value: str, relay_state: str | None, *, deflated: bool) -> AuthnRequest:
    """An AuthnRequest from its parameter; raises Invalid when it is none or does not fit the app's settings."""
    root = parse(decode(value, deflated=deflated))
    if root.tag != f"{{{SAMLP}}}AuthnRequest" or not root.get("ID"):
        raise Invalid("The SAML message is not an AuthnRequest.")
    policy = root.find(f"{{{SAMLP}}}NameIDPolicy")
    wanted = policy.get("Format", "") if policy is not None else ""
    own = NAME_ID_FORMATS[app.sign_on.name_id_format]
    if wanted not in ("", NAME_ID_FORMATS["unspecified"], own):
        raise Invalid(f"The app asks for the Name ID format {wanted}, but its Sign On tab says {own}.")
    if root.find(f"{{{SAML}}}Issuer") is None:
        raise Invalid("The AuthnRequest names no Issuer.")
    return AuthnRequest(root.get("ID"), relay_state, org.clock() if root.get("ForceAuthn") in ("true", "1") else 0)


def answer(org: Org, app: App, session: Session, request: AuthnRequest) -> dict[str, str]:
    """The form fields for the app's ACS; raises NotAssigned, or Invalid when the Sign On tab is incomplete."""
    if not app.sign_on.acs_url:
        raise Invalid(f"{app.label} has no single sign-on URL yet. Fill in its Sign On tab.")
    if take(app, "replay") and app.last_response:
        return app.last_response
    subject = _subject(org, app, org.state.people[session.person], request)
    fault = take(app, *SPOILS)
    xml = respond(app, subject, org.now(), fault)
    relay_state = app.sign_on.relay_state if not request.id and request.relay_state is None else request.relay_state
    fields = {"SAMLResponse": encode(xml)}
    if relay_state is not None:
        fields["RelayState"] = relay_state
    session.apps[app.id] = AppSession(app.id, subject.session_index, subject.name_id, app.sign_on.name_id_format)
    if fault is None:
        app.last_response = fields
    return fields


def _subject(org: Org, app: App, person: Person, request: AuthnRequest) -> Subject:
    assignment = app.people.get(person.id)
    if assignment is None or assignment.leaving:
        raise NotAssigned
    profile = app_profile(app, assignment, person, org.state.people)
    user = variables(person, org.state.people)
    app_user = {**profile, "role": app.person_role(assignment)}
    values = [(item.name, evaluate(item.value, user, app_user)) for item in app.sign_on.statements]
    return Subject(profile["userName"], [(name, value) for name, value in values if value], request.id or new_id(), request.id)
