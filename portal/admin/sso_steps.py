"""The steps of the set-up, as far as they really happened."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain import events, provisioning, sso, sso_attempts
from portal.domain.context import Context
from portal.domain.refusals import reason
from portal.domain.telling import undirected


@dataclass(frozen=True)
class Step:
    """`state` is todo, current, done or failed; `note` is a sentence, or empty; Okta manages members without the `optional` ones."""

    key: str
    title: str
    state: str
    note: str
    optional: bool = False


_TITLES = {
    "metadata": "Connect Okta's app",
    "sign-in": "Authorize the connection",
    "token": "Let Okta manage members",
    "test-call": "Test the API credentials in Okta",
    "first-user": "Assign the first person in Okta",
    "first-group": "Push the first group from Okta",
}
_DONE = {
    "metadata": "A connection was saved on {day}.",
    "sign-in": "An admin signed in through it on {day}.",
    "token": "There is a token for Okta since {day}.",
    "test-call": "Okta's test arrived on {day}.",
    "first-user": "The first member came from Okta on {day}.",
    "first-group": "The first group came from Okta on {day}.",
}
_SIGN_ON = ("metadata", "sign-in")
_OPTIONAL = "Optional: SCIM works without it. Members sign in with a password until then."
_TOKEN_WAITS = "There is a token. It opens nothing until SCIM is on."
_PAUSED = "SCIM is paused, because the plan does not include it."
# Step of Okta's -> the kind of resource that its requests are about.
_ABOUT = {"test-call": "", "first-user": "User", "first-group": "Group"}


def steps(ctx: Context) -> list[Step]:
    """The steps that the profile has, in order; the first that did not happen is the current one."""
    reached = provisioning.reached(ctx)
    failure = _failure(ctx)
    waits = _PAUSED if provisioning.is_paused(ctx) else _TOKEN_WAITS
    found: list[Step] = []
    keys = _order(ctx)
    for key in keys:
        optional = keys[-1] in _SIGN_ON and key in _SIGN_ON
        title = _TITLES[key]
        if key == "first-group" and not ctx.profile.scim.groups:
            continue
        done = reached.get(key)
        problem = failure if key == "sign-in" else "" if done else _trouble(ctx, key)
        if problem:
            found.append(Step(key, title, "failed", problem, optional))
        elif done and (key != "token" or provisioning.is_on(ctx)):
            day = f"{done.at.day} {done.at:%B %Y}"
            found.append(Step(key, title, "done", _DONE[key].format(day=day), optional))
        else:
            first = all(step.state == "done" for step in found)
            note = waits if done else _OPTIONAL if optional and key == "metadata" else ""
            found.append(Step(key, title, "current" if first else "todo", note, optional))
    return found


def _order(ctx: Context) -> list[str]:
    """The steps' keys: single sign-on first where SCIM needs it, and last where it does not."""
    return sorted(_TITLES, key=lambda key: (key in _SIGN_ON) != ctx.profile.scim.needs_sso)


def _trouble(ctx: Context, key: str) -> str:
    """What was wrong with the last request that should have done a step of Okta's, in a sentence; empty when there was none."""
    kind = _ABOUT.get(key)
    last = None if kind is None else events.last_failure(ctx, kind)
    return f"Okta tried, and was refused: {undirected(last.detail)}" if last else ""


def _failure(ctx: Context) -> str:
    candidate = sso.candidate(ctx)
    last = sso_attempts.refusals(ctx, limit=1, connection_id=candidate.id) if candidate else []
    return undirected(str(last[0].details.get("sentence") or reason(last[0].reason).sentence)) if last else ""
