"""What an admin can do about an entry of the provisioning log that failed."""

from __future__ import annotations

import re

from portal.domain.telling import Name, told
from portal.models import ProvisioningEvent

_ADVICE = {
    "uniqueness": "Someone here has this name already. In Okta, assign the person again so that Okta finds and links that member.",
    "invalidValue": "Correct the value in Okta, or its mapping under Provisioning, To App; then retry the task in Okta.",
    "invalidFilter": "Okta's standard look-ups are understood. If another client sent this, correct its filter.",
    "invalidSyntax": "The request could not be read. If Okta sent it, tell your operator the request id.",
    "mutability": "Take this attribute out of the mapping in Okta.",
    "noTarget": "Push the person or group from Okta once more: what the request named is not there.",
    "invalidPath": "Take this attribute out of the mapping in Okta.",
}
# Of a group, where that is something else than of a person.
_ADVICE_ON_GROUPS = {
    "uniqueness": "On Okta's Push Groups tab choose Refresh App Groups, then Link Group, to take over the one that is here; or rename.",
}
# Of a list that was asked for, by what was wrong in the request: no mapping in Okta has anything to do with it.
_ADVICE_ON_LISTS = {
    "count": "set its page size to a whole number, or leave count out",
    "startIndex": "let it count rows from 1 in whole numbers, or leave startIndex out",
    "sortBy": "let it sort by one attribute, like userName or name.familyName, or leave sortBy out",
    "sortOrder": "let it ask for ascending or descending, or leave sortOrder out",
    "invalidCount": "set its page size to a whole number from 1, or leave count out",
    "invalidCursor": "let it begin again with an empty cursor, and change nothing else from page to page",
    "expiredCursor": "let it begin again with an empty cursor, and ask for each page within the hour",
}
_ADVICE_BY_STATUS = {
    401: "Make a new token under Integrations, or choose Authenticate again in Okta's Provisioning tab; then save there.",
    403: "The sentence above says what keeps it from happening; change that here, then retry the task in Okta.",
    404: "The person or group is not here any more. In Okta, unassign and assign the person, or push the group again.",
    413: "The request is larger than what is taken at once. If Okta sent it, tell your operator the request id.",
}


def on(event: ProvisioningEvent) -> str:
    """What an admin can do about an entry that failed; empty for one that succeeded."""
    if event.succeeded:
        return ""
    if event.operation == "read" and event.status == 400 and event.scim_type not in ("invalidFilter", "invalidSyntax"):
        return _on_list(event)
    if "address is SCIM" in event.detail:
        return "Compare the base URL in Okta's Provisioning tab with those under Integrations: each version of SCIM has its own."
    if event.resource_type == "Group" and event.scim_type in _ADVICE_ON_GROUPS:
        return _ADVICE_ON_GROUPS[event.scim_type]
    if event.scim_type in _ADVICE:
        return _ADVICE[event.scim_type]
    if event.status == 403 and "seat" in event.detail.lower():
        return "Add seats or free one under Seats and plan; then retry the task in Okta."
    if event.status == 403 and "current plan" in event.detail:
        return "Seats and plan says who can change the plan; after that, retry the task in Okta."
    if event.status == 403 and event.detail.startswith("Held back"):
        return "Let further deactivations through on the home page, or revoke the token; then retry the task in Okta."
    if event.status >= 500:
        return "Okta can retry the task. If it fails again, tell your operator the request id."
    return _ADVICE_BY_STATUS.get(event.status, "Retry the task in Okta.")


def _on_list(event: ProvisioningEvent) -> str:
    word = re.match(r"\w*", event.detail)
    what = _ADVICE_ON_LISTS.get(event.scim_type) or _ADVICE_ON_LISTS.get(word[0] if word else "", "correct what it asks for")
    return told("Okta itself asks for no such list. Find what else uses “", Name(event.client), f"”, a script or another tool: {what}.")
