"""The published names of what PIM records, and from which requests and grants they come.

Source of the names: the reference of audit activities (its typing errors are kept); which deed has
which name is inferred from the names, as nothing is published about it.
"""

from collections.abc import Mapping
from typing import Final

from timebound.domain.audit.records import Activity, Category, Deed, Service
from timebound.domain.events import Fact
from timebound.domain.grants import GrantKind
from timebound.domain.requests import Action, RequestKind
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import ENDLESS, ExpirationType

CATEGORIES: Final[Mapping[str, Category]] = {
    ScopeKind.DIRECTORY.value: Category.ROLES,
    ScopeKind.GROUP.value: Category.GROUPS,
    ScopeKind.AZURE.value: Category.RESOURCES,
}

REQUESTED: Final = "requested"
COMPLETED: Final = "completed"
CANCELED: Final = "canceled"
EXPIRED: Final = "Remove member from role (PIM activation expired)"
LAPSED: Final = "PIM activation request expired"
APPROVAL_REQUESTED: Final = "Add member to role approval requested (PIM activation)"
OUTSIDE: Final = "Add member to role outside of PIM (permanent)"
ROLE_SETTING: Final = "Update role setting in PIM"

_EXTENDING: Final = frozenset({Action.ADMIN_EXTEND, Action.SELF_EXTEND})
_RENEWING: Final = frozenset({Action.ADMIN_RENEW, Action.SELF_RENEW})
_ENDLESS: Final = (
    None,
    ExpirationType.NOT_SPECIFIED.value,
    ExpirationType.NO_EXPIRATION.value,
)
_PROLONGING: Final = _EXTENDING | _RENEWING
# quirk(graph): eligibility without an end is cancelled by name in roles alone - audit activities
_ODD_NAMES_OF_GROUPS: Final[Mapping[str, str]] = {
    "Add eligible member to role in PIM canceled (permanent)": "Cancel request",
}


def name_activity(name: str, data: Mapping[str, Fact], deed: Deed) -> Activity:
    """An activity in the category of the scope that it is about."""
    category = CATEGORIES.get(str(data.get("scopeKind")), Category.ROLES)
    return Activity(name, category, Service.PIM, deed)


def name_request(data: Mapping[str, Fact], state: str) -> Activity:
    """What is recorded when a request was made, or cancelled."""
    action, eligible = Action(data["action"]), _say_eligible(_is_eligibility(data))
    deed = Deed.DELETE if action.is_ending else Deed.ADD
    if action is Action.SELF_ACTIVATE:
        name = f"Add member to role {state} (PIM activation)"
    elif action is Action.SELF_DEACTIVATE:
        name = f"Remove member from role {state} (PIM deactivate)"
    elif action in _EXTENDING:
        name, deed = f"Update {eligible}member in PIM {state} (extend)", Deed.UPDATE
    elif action is Action.ADMIN_REMOVE:
        name = f"Remove {eligible}member from role in PIM {state} ({_say_span(data)})"
    elif action is Action.ADMIN_UPDATE and state == CANCELED:
        name, deed = "Cancel request for role update", Deed.UPDATE
    else:
        span = "renew" if action in _RENEWING else _say_span(data)
        name = f"Add {eligible}member to role in PIM {state} ({span})"
    if data.get("scopeKind") == ScopeKind.GROUP.value:
        name = _ODD_NAMES_OF_GROUPS.get(name, name)
    return name_activity(name, data, deed)


def name_verdict(data: Mapping[str, Fact], *, is_approved: bool) -> Activity:
    """What is recorded when somebody approves or denies."""
    word = "approved" if is_approved else "denied"
    if Action(data["action"]) in _PROLONGING:
        name = f"Update member in PIM {word} by admin (extend/renew)"
        return name_activity(name, data, Deed.UPDATE)
    return name_activity(f"Add member to role request {word} (PIM activation)", data, Deed.UPDATE)


def name_grant(data: Mapping[str, Fact]) -> Activity:
    """What is recorded when a role comes to be held."""
    kind = GrantKind(data["grantKind"])
    if kind is GrantKind.ACTIVATED:
        return name_activity("Add member to role completed (PIM activation)", data, Deed.ADD)
    eligible = _say_eligible(kind is GrantKind.ELIGIBLE)
    name = f"Add {eligible}member to role in PIM completed ({_say_span(data)})"
    return name_activity(name, data, Deed.ADD)


def name_ending(data: Mapping[str, Fact], *, is_own: bool) -> Activity:
    """What is recorded when a role is held no more; `is_own` where nobody asked for that."""
    kind = GrantKind(data["grantKind"])
    if kind is GrantKind.ACTIVATED and is_own:
        return name_activity(EXPIRED, data, Deed.DELETE)
    if kind is GrantKind.ACTIVATED and data.get("action") == Action.SELF_DEACTIVATE.value:
        return name_activity(
            "Remove member from role completed (PIM deactivate)", data, Deed.DELETE
        )
    eligible = _say_eligible(kind is GrantKind.ELIGIBLE)
    name = f"Remove {eligible}member from role in PIM completed ({_say_span(data)})"
    return name_activity(name, data, Deed.DELETE)


def _is_eligibility(data: Mapping[str, Fact]) -> bool:
    return data.get("requestKind") == RequestKind.ELIGIBILITY.value


def _say_eligible(is_eligible: bool) -> str:  # noqa: FBT001 - the fact itself
    return "eligible " if is_eligible else ""


def is_endless(data: Mapping[str, Fact]) -> bool | None:
    """Whether what is held has no end; none where the event does not tell."""
    if "isEndless" in data:
        return data["isEndless"] is True
    return data["end"] == ENDLESS.isoformat() if "end" in data else None


def _say_span(data: Mapping[str, Fact]) -> str:
    """How long something is held; a request that says nothing of it asks for no end."""
    told = is_endless(data)
    if told is not None:
        return "permanent" if told else "timebound"
    asked = data.get("askedExpiration")
    return "permanent" if asked in _ENDLESS else "timebound"
