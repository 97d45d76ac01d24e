"""Why a sign-in was refused: each reason in plain words, and what to change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """`sentence` is for everyone, `advice` for the admin; `malformed` marks what no identity provider would send."""

    sentence: str
    advice: str
    malformed: bool = False


_FORGED = (
    "No identity provider makes such a response. If this happens again, somebody may be trying to get in: tell your security team the "
    "request id."
)
_COPY = "Copy the value again from the workspace's SSO settings into Okta, character by character: http or https and a last slash count."

REASONS: dict[str, Reason] = {
    # The message itself
    "response-missing": Reason(
        "The request carried no SAML response.",
        "Begin at the sign-in page of the workspace or at the app's tile in Okta.",
        malformed=True,
    ),
    "not-base64": Reason("The SAML message is not base64 text.", _FORGED, malformed=True),
    "too-large": Reason(
        "The SAML response is far larger than a sign-in needs.", "Send fewer groups and attributes from Okta.", malformed=True
    ),
    "too-deep": Reason("The SAML response is nested far deeper than a sign-in needs.", _FORGED, malformed=True),
    "doctype": Reason("The SAML message declares a document type, which could smuggle in other content.", _FORGED, malformed=True),
    "not-xml": Reason("The SAML message is not well-formed XML.", _FORGED, malformed=True),
    "not-a-response": Reason(
        "What arrived is not a SAML 2.0 response.",
        "Check that Okta's app is a SAML 2.0 app, and that its single sign-on URL is the ACS URL.",
        malformed=True,
    ),
    "schema": Reason(
        "The assertion does not follow the SAML 2.0 schema.", "Check the attribute statements in Okta for unusual names.", malformed=True
    ),
    "not-deflated": Reason("The SAML message is not deflated.", _FORGED, malformed=True),
    "not-a-logout": Reason(
        "What arrived is not a SAML 2.0 logout message.",
        "Check that Okta's single logout URL is the one of this workspace.",
        malformed=True,
    ),
    "logout-incomplete": Reason("Okta did not end every session.", "Sign out of Okta itself, and close the browser."),
    "assertion-missing": Reason("The SAML response carries no assertion.", "Check the app's Sign On tab in Okta."),
    "assertions-several": Reason("The SAML response carries several assertions, and only one may say who signs in.", _FORGED),
    "assertion-misplaced": Reason("The assertion does not stand where a response carries it.", _FORGED),
    "duplicate-id": Reason("Two elements of the SAML response have the same ID.", _FORGED),
    "status-not-success": Reason(
        "Okta answered that the sign-in did not succeed.",
        "Look up the person in Okta's system log: the reason stands there.",
    ),
    # Signatures
    "unsigned": Reason(
        "Neither the response nor the assertion is signed.",
        "In Okta, set Response or Assertion Signature to Signed, under the app's SAML settings.",
    ),
    "signature-invalid": Reason(
        "The signature does not fit the certificate of the connection.",
        "Okta may sign with a newer certificate: fetch the metadata again, or paste the certificate that is active in Okta.",
    ),
    "signature-misplaced": Reason("A signature stands where it does not cover what would be read.", _FORGED),
    "signature-algorithm": Reason(
        "The signature uses an algorithm that is not accepted.",
        "In Okta, choose RSA-SHA256 as signature algorithm and SHA256 as digest algorithm.",
    ),
    "sha1": Reason(
        "The signature uses SHA-1, which can be forged.",
        "In Okta, choose RSA-SHA256 and SHA256. Only if that cannot be done, allow SHA-1 for this connection.",
    ),
    "decryption-failed": Reason(
        "The encrypted assertion cannot be opened, or is not validly signed inside.",
        "Upload this workspace's certificate in Okta as encryption certificate again. It stands in the workspace's SSO settings.",
    ),
    "encryption-algorithm": Reason(
        "The assertion is encrypted with an algorithm that is not accepted.",
        "In Okta, choose AES-256-GCM or AES-256-CBC as encryption algorithm and RSA-OAEP as key transport.",
    ),
    "key-transport-unsigned": Reason(
        "The assertion is encrypted with RSA 1.5 in a response that is not signed: anyone could try cipher texts until they have the key.",
        "In Okta, set Response to Signed, or choose RSA-OAEP as key transport algorithm.",
    ),
    # For whom, from whom
    "issuer-wrong": Reason(
        "The response comes from another identity provider than the connected one.",
        "Compare the issuer with the one in Okta's metadata. Okta's begins with http://www.okta.com/, not https.",
    ),
    "destination-wrong": Reason("The response was addressed to another URL.", f"In Okta this is the single sign-on URL. {_COPY}"),
    "recipient-wrong": Reason(
        "The assertion was made for another URL.", f"In Okta this is the recipient URL, usually the single sign-on URL. {_COPY}"
    ),
    "audience-missing": Reason("The assertion does not say for which service it was made.", f"In Okta, fill in the Audience URI. {_COPY}"),
    "audience-wrong": Reason("The assertion was made for another service.", f"In Okta this is the Audience URI (SP Entity ID). {_COPY}"),
    "condition-unknown": Reason(
        "The assertion names a condition that the portal does not know.", "Remove the condition from the app in Okta."
    ),
    # When
    "expired": Reason(
        "The assertion has expired.",
        "Sign in again. If it happens each time, compare the clocks: more than 3 minutes of difference are not accepted.",
    ),
    "not-yet-valid": Reason(
        "The assertion is not valid yet.",
        "Compare the clocks: more than 3 minutes of difference are not accepted.",
    ),
    "session-expired": Reason("The session at the identity provider has ended already.", "Sign in to Okta again."),
    "time-unreadable": Reason("A time in the assertion cannot be read.", _FORGED, malformed=True),
    # In answer to what
    "confirmation-missing": Reason(
        "The assertion lacks the bearer confirmation that a browser sign-in needs.", "Check that Okta's app is a SAML 2.0 web app."
    ),
    "in-response-to-missing": Reason(
        "The assertion does not say which request it answers.", "Begin again at the sign-in page of the workspace."
    ),
    "in-response-to-wrong": Reason("The assertion answers another request.", "Begin again at the sign-in page of the workspace."),
    "request-unknown": Reason(
        "The request that this response answers is unknown, was answered already, or is older than ten minutes.",
        "Begin again at the sign-in page of the workspace, and do not use the browser's back button on the way.",
    ),
    "unsolicited": Reason(
        "This workspace does not take sign-ins that begin at the identity provider.",
        "Begin at the sign-in page of the workspace, or allow sign-in from Okta's tile for this connection.",
    ),
    "replayed": Reason("This response was used before.", "Begin again at the sign-in page of the workspace."),
    "browser-mismatch": Reason(
        "This sign-in was begun in another browser.",
        "Begin again at the sign-in page, in the same browser, with cookies allowed.",
    ),
    "ticket-expired": Reason("This sign-in took too long, or was finished already.", "Begin again at the sign-in page of the workspace."),
    # Who
    "name-id-missing": Reason("The assertion names nobody.", "In Okta, set the application username to Email."),
    "name-id-encrypted": Reason(
        "The assertion names the person in an encrypted form.", "In Okta, encrypt the assertion as a whole instead."
    ),
    "name-id-transient": Reason(
        "The assertion names the person by a name that changes at each sign-in.",
        "In Okta, set the Name ID format to EmailAddress or Unspecified.",
    ),
    "name-id-too-long": Reason(
        "The name in the assertion is longer than 400 characters.", "In Okta, set the application username to Email."
    ),
    "name-id-control": Reason(
        "The name in the assertion contains a line break or another control character.",
        "In Okta, remove it from the person's username or from the expression that makes the application username. In first and last names "
        "it is left out, and keeps nobody from signing in.",
    ),
    # The workspace
    "sso-off": Reason("Single sign-on is switched off in this workspace.", "Switch it on in the workspace's SSO settings."),
    "plan": Reason("The plan of this workspace does not include single sign-on.", "Move the workspace to a plan that includes it."),
    "connection-missing": Reason(
        "This workspace is not connected to an identity provider.", "Set up SAML in the workspace's SSO settings."
    ),
    # The admin's own sign-in that makes a connection active
    "authorize-signed-out": Reason(
        "The admin who chose Authorize is not signed in any more, or may not manage single sign-on any more.",
        "Sign in again, then choose Authorize.",
    ),
    "authorize-other-person": Reason(
        "The assertion is about another person than the admin who authorizes.",
        "Okta signs in whoever is signed in there: sign out of Okta, then try again and sign in as yourself. Your Okta username must equal "
        "your user name or e-mail address in this workspace.",
    ),
    "connection-replaced": Reason("The connection was changed while you signed in.", "Choose Authorize again."),
    # Members; their sentences are made for each case
    "member-unknown": Reason(
        "The person is not a member of this workspace.", "Assign the person to the app in Okta, so that SCIM creates the member."
    ),
    "member-deactivated": Reason("The member is deactivated.", "Assign the person to the app in Okta again, or reactivate the member."),
    "user-type-exempt": Reason(
        "Members of this type sign in with a password.", "Remove the person from the app in Okta, or change the user type."
    ),
    "role-unknown": Reason("The role in the assertion does not exist.", "Correct the role attribute in Okta's attribute statements."),
    "no-seat-left": Reason("Every seat of the workspace is in use.", "Free a seat or add seats, then let the person sign in again."),
    "uniqueness": Reason("Another member has this user name or e-mail address.", "Compare the two people in Members and in Okta."),
    "invalid-value": Reason("A value of the assertion cannot be taken.", "Correct the person's profile in Okta."),
}


def reason(code: str) -> Reason:
    """The reason behind a code; codes of earlier versions read as a plain refusal."""
    return REASONS.get(code, Reason("The sign-in was refused.", "Give your operator the request id."))
