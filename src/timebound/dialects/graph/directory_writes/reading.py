"""From what clients send to what the directory keeps: objects, changes, references."""

import re
from collections.abc import Iterable
from typing import Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from timebound.dialects.graph.directory_writes.bodies import (
    AdministrativeUnit,
    Application,
    Group,
    PasswordProfile,
    ServicePrincipal,
    User,
)
from timebound.dialects.graph.refusals import Refusal, bad_request
from timebound.domain.directory_changes import PASSWORD_PROFILE, ObjectChanges
from timebound.domain.events import Fact
from timebound.domain.ids import PrincipalId

_T = TypeVar("_T")
_REQUEST_BAD: Final = "Request_BadRequest"
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_REFERENCE: Final = re.compile(
    r"(?:https://[^/]+/(?:v1\.0|beta)|)/?"
    r"(?:directoryObjects|users|groups|servicePrincipals)(?:/|\('?)"
    rf"(?P<id>{_GUID.pattern})'?\)?",
    re.IGNORECASE | re.ASCII,
)
_OWN_FIELDS: Final = frozenset(
    {
        "accountEnabled",
        "appId",
        "displayName",
        "isAssignableToRole",
        "members@odata.bind",
        "owners@odata.bind",
        "passwordProfile",
        "userPrincipalName",
    }
)
Body = User | Group | AdministrativeUnit | Application | ServicePrincipal


def read_changes(body: Body) -> ObjectChanges:
    """What the body would change."""
    return ObjectChanges(
        display_name=_read_text(body, "displayName"),
        is_enabled=_sent(getattr(body, "account_enabled", UNSET)),
        user_principal_name=_read_text(body, "userPrincipalName"),
        is_role_assignable=_sent(getattr(body, "is_assignable_to_role", UNSET)),
        attributes=read_attributes(body),
        password=read_password(getattr(body, "password_profile", UNSET)),
    )


def read_attributes(body: Body) -> dict[str, Fact]:
    """Everything that was sent and has no place of its own, by its published name."""
    found: dict[str, Fact] = {}
    for field in msgspec.structs.fields(body):
        value = getattr(body, field.name)
        if value is not UNSET and field.encode_name not in _OWN_FIELDS:
            found[field.encode_name] = _freeze(value)
    profile = getattr(body, "password_profile", UNSET)
    if isinstance(profile, PasswordProfile):
        kept = {n: v for n, v in read_members(profile).items() if n != "password"}
        found |= {PASSWORD_PROFILE: kept} if kept else {}
    return found


def read_password(profile: PasswordProfile | UnsetType | None) -> str | None:
    """The password in a profile; none where there is none."""
    return _sent(profile.password) if isinstance(profile, PasswordProfile) else None


def require(body: Body, resource: str, *names: str) -> None:
    """Refuses a body that lacks what its kind cannot be made without."""
    sent = {field.encode_name: getattr(body, field.name) for field in msgspec.structs.fields(body)}
    for name in names:
        if sent.get(name, UNSET) in (UNSET, None, ""):
            raise bad_request(
                f"A value is required for property '{name}' of resource '{resource}'.",
                _REQUEST_BAD,
            )


def read_references(bound: Iterable[str] | UnsetType, named: str) -> tuple[PrincipalId, ...]:
    """The ids in a list of addresses; refused where one is no address, or is there twice."""
    if isinstance(bound, UnsetType):
        return ()
    ids = tuple(read_reference(one, named) for one in bound)
    if len(set(ids)) < len(ids):
        raise refuse(f"The property '{named}' names the same object twice.")
    return ids


def read_reference(text: str | UnsetType, named: str) -> PrincipalId:
    """The id in the address of an object."""
    found = None if isinstance(text, UnsetType) else _REFERENCE.fullmatch(text)
    if found is None:
        raise refuse(f"The property '{named}' holds no address of a directory object.")
    return PrincipalId(found["id"].lower())


def read_guid(text: str | UnsetType | None, named: str) -> str:
    """A GUID in lower case."""
    if not isinstance(text, str) or not _GUID.fullmatch(text):
        raise refuse(f"The property '{named}' holds no GUID.")
    return text.lower()


def refuse(message: str) -> Refusal:
    """The refusal of a body that cannot be followed."""
    return bad_request(message, _REQUEST_BAD)


def _read_text(body: Body, name: str) -> str | None:
    snake = re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)
    value = _sent(getattr(body, snake, UNSET))
    if value == "":
        raise refuse(f"The property '{name}' must not be empty.")
    return value if isinstance(value, str) else None


def _sent(value: _T | UnsetType) -> _T | None:
    return None if isinstance(value, UnsetType) else value


def read_members(value: msgspec.Struct) -> dict[str, Fact]:
    """Everything that was sent, by its published name."""
    return {
        field.encode_name: _freeze(getattr(value, field.name))
        for field in msgspec.structs.fields(value)
        if getattr(value, field.name) is not UNSET
    }


def _freeze(value: object) -> Fact:
    match value:
        case list():
            return tuple(_freeze(one) for one in value)
        case msgspec.Struct():
            return read_members(value)
        case str() | bool() | int():
            return value
        case _:
            return None
