"""What the directory records of what is written to it, by its published names."""

from typing import Final, TypeAlias

import pytest

from tests.support.builders import APPLICATION, BOSS, NOON, PERSON
from timebound.domain.audit import UNTOLD, audit_records
from timebound.domain.audit.records import OPERATOR, Change, Result, TargetType
from timebound.domain.events import Actor, Event, EventKind, Fact
from timebound.domain.ids import EventId

Data: TypeAlias = dict[str, Fact]
_K = EventKind
_USER: Final[Data] = {"objectKind": "user", "displayName": "Alice"}
_GROUP: Final[Data] = {"objectKind": "group"}
_APP: Final[Data] = {"objectKind": "application"}
_ACCOUNT: Final[Data] = {"objectKind": "servicePrincipal"}
_UNIT: Final[Data] = {"objectKind": "administrativeUnit"}
_SLOT: Final[Data] = {
    "principalId": PERSON,
    "roleId": "helpdesk",
    "scopeKind": "directory",
    "scope": "/",
}
_OWNED: Final[Data] = {"ownerId": PERSON}
_PART: Final[Data] = {"memberId": PERSON}
_MEMBER: Final[Data] = {
    "principalId": PERSON,
    "roleId": "member",
    "scopeKind": "group",
    "scope": "crew",
}
_OWNER: Final[Data] = {**_MEMBER, "roleId": "owner"}
_ONE: Final[Data] = {"permission": "User.Read.All", "isDelegated": False}
_MANY: Final[Data] = {"permission": "User.Read", "isDelegated": True}
_FACTOR: Final[Data] = {"kind": "totp"}
_STRANGER: Final[Data] = {"issuer": "https://elsewhere.example", "subject": "007"}


def tell(kind: EventKind, data: Data, actor: Actor | None = None) -> Event:
    """An event about Alice, caused by Bob unless somebody else is named."""
    who = actor or Actor(BOSS, APPLICATION)
    return Event(EventId("event"), kind, NOON, NOON, "correlation", who, PERSON, data)


TOLD: list[tuple[EventKind, Data, list[str]]] = [
    (_K.OBJECT_CREATED, _USER, ["UserManagement: Add user"]),
    (_K.OBJECT_CREATED, _GROUP, ["GroupManagement: Add group"]),
    (_K.OBJECT_CREATED, _APP, ["ApplicationManagement: Add application"]),
    (_K.OBJECT_CREATED, _ACCOUNT, ["ApplicationManagement: Add service principal"]),
    (_K.OBJECT_CREATED, _UNIT, ["AdministrativeUnit: Add administrative unit"]),
    (_K.OBJECT_CHANGED, _USER, ["UserManagement: Update user"]),
    (_K.OBJECT_CHANGED, _GROUP, ["GroupManagement: Update group"]),
    (_K.OBJECT_CHANGED, _ACCOUNT, ["ApplicationManagement: Update service principal"]),
    (_K.OBJECT_DELETED, _USER, ["UserManagement: Delete user"]),
    (_K.OBJECT_DELETED, _APP, ["ApplicationManagement: Delete application"]),
    (_K.OBJECT_DELETED, _ACCOUNT, ["ApplicationManagement: Remove service principal"]),
    (_K.OBJECT_DELETED, _UNIT, ["AdministrativeUnit: Delete administrative unit"]),
    (_K.OBJECT_RESTORED, _GROUP, ["GroupManagement: Restore group"]),
    (_K.OBJECT_PURGED, _USER, ["UserManagement: Hard Delete user"]),
    (_K.OBJECT_PURGED, _ACCOUNT, ["ApplicationManagement: Hard delete service principal"]),
    (
        _K.PRINCIPAL_CHANGED,
        {**_USER, "isEnabled": False},
        ["UserManagement: Update user", "UserManagement: Disable account"],
    ),
    (
        _K.PRINCIPAL_CHANGED,
        {**_USER, "isEnabled": True},
        ["UserManagement: Update user", "UserManagement: Enable account"],
    ),
    (
        _K.PRINCIPAL_CHANGED,
        {**_ACCOUNT, "isEnabled": True},
        ["ApplicationManagement: Update service principal"],
    ),
    (_K.OWNER_ADDED, _OWNED | _APP, ["ApplicationManagement: Add owner to application"]),
    (_K.OWNER_ADDED, _OWNED | _ACCOUNT, ["ApplicationManagement: Add owner to service principal"]),
    (_K.OWNER_REMOVED, _OWNED | _APP, ["ApplicationManagement: Remove owner from application"]),
    (_K.UNIT_MEMBER_ADDED, _PART, ["AdministrativeUnit: Add member to administrative unit"]),
    (_K.UNIT_MEMBER_REMOVED, _PART, ["AdministrativeUnit: Remove member from administrative unit"]),
    (_K.PASSWORD_SET, {"isOwn": True}, ["UserManagement: Change user password"]),
    (_K.PASSWORD_SET, {}, ["UserManagement: Reset user password"]),
    (_K.PASSWORD_SET, {"isFirst": True}, []),
    (
        _K.SECRET_ADDED,
        _APP | {"keyId": "1"},
        ["ApplicationManagement: Update application - Certificates and secrets management"],
    ),
    (
        _K.SECRET_ADDED,
        _ACCOUNT | {"keyId": "1"},
        ["ApplicationManagement: Add service principal credentials"],
    ),
    (
        _K.SECRET_REMOVED,
        _ACCOUNT | {"keyId": "1"},
        ["ApplicationManagement: Remove service principal credentials"],
    ),
    (_K.SESSIONS_ENDED, {}, ["UserManagement: Update StsRefreshTokenValidFrom Timestamp"]),
    (_K.FACTOR_ADDED, _FACTOR, ["UserManagement: Admin registered security info"]),
    (_K.FACTOR_REMOVED, _FACTOR, ["UserManagement: Admin deleted security info"]),
    (_K.IDENTITY_LINKED, _STRANGER, ["UserManagement: Update user"]),
    (_K.IDENTITY_UNLINKED, _STRANGER, ["UserManagement: Update user"]),
    (
        _K.PERMISSION_GRANTED,
        _ONE,
        ["ApplicationManagement: Add app role assignment to service principal"],
    ),
    (
        _K.PERMISSION_GRANTED,
        {**_MANY, "consented": ("User.Read",), "userId": PERSON},
        [
            "ApplicationManagement: Add delegated permission grant",
            "ApplicationManagement: Consent to application",
        ],
    ),
    (
        _K.PERMISSION_REVOKED,
        _ONE,
        ["ApplicationManagement: Remove app role assignment from service principal"],
    ),
    (
        _K.PERMISSION_REVOKED,
        _MANY,
        ["ApplicationManagement: Remove delegated permission grant"],
    ),
    (_K.ROLE_CHANGED, {"deed": "created"}, ["RoleManagement: Add role definition"]),
    (_K.ROLE_CHANGED, {"deed": "deleted"}, ["RoleManagement: Delete role definition"]),
    (_K.ROLE_CHANGED, {"deed": "restored"}, ["RoleManagement: Update role definition"]),
    (_K.DENIAL_CHANGED, {"denial": "created"}, ["ResourceManagement: Create deny assignment"]),
    (_K.DENIAL_CHANGED, {"denial": "deleted"}, ["ResourceManagement: Delete deny assignment"]),
    (
        _K.ROLE_CHANGED,
        {"deed": "changed", "scopeKind": "azure"},
        ["ResourceManagement: Create or update custom role definition"],
    ),
    (
        _K.BUNDLE_CHANGED,
        {"deed": "assigned", "roleId": "helpdesk", "principalIds": (PERSON,)},
        ["RoleManagement: Add role assignment to role definition"],
    ),
    (
        _K.BUNDLE_CHANGED,
        {"deed": "removed", "roleId": "helpdesk"},
        ["RoleManagement: Remove role assignment from role definition"],
    ),
    (_K.SETTINGS_CHANGED, {"changed": {}}, ["DirectoryManagement: Update company settings"]),
    (
        _K.CONTENT_REMOVED,
        {"before": "2030-01-01", "count": 3},
        ["DirectoryManagement: Update company settings"],
    ),
]

REFUSED: list[tuple[Data, str]] = [
    ({**_USER, "action": "create"}, "UserManagement: Add user"),
    ({**_GROUP, "action": "update"}, "GroupManagement: Update group"),
    ({**_APP, "action": "delete"}, "ApplicationManagement: Delete application"),
    ({"action": "delete"}, "UserManagement: Delete user"),
    ({**_UNIT, "action": "restore"}, "AdministrativeUnit: Restore administrative unit"),
    ({**_USER, "action": "purge"}, "UserManagement: Hard Delete user"),
    ({"isEnabled": False}, "UserManagement: Update user"),
    ({**_SLOT, "action": "assign"}, "RoleManagement: Add member to role"),
    ({**_SLOT, "action": "unassign"}, "RoleManagement: Remove member from role"),
    ({**_MEMBER, "action": "add"}, "GroupManagement: Add member to group"),
    ({**_OWNER, "action": "remove"}, "GroupManagement: Remove owner from group"),
    ({**_OWNED, **_APP, "action": "add"}, "ApplicationManagement: Add owner to application"),
    ({**_PART, "action": "remove"}, "AdministrativeUnit: Remove member from administrative unit"),
    (
        {**_ACCOUNT, "action": "addPassword"},
        "ApplicationManagement: Add service principal credentials",
    ),
    (
        {**_APP, "action": "removeFederatedIdentityCredential"},
        "ApplicationManagement: Update application - Certificates and secrets management",
    ),
    (
        {"isDelegated": True, "action": "clear"},
        "ApplicationManagement: Remove delegated permission grant",
    ),
    (
        {"isDelegated": False, "action": "grant"},
        "ApplicationManagement: Add app role assignment to service principal",
    ),
    ({"action": "consentForAll"}, "ApplicationManagement: Consent to application"),
    (
        {"action": "withdrawOwnConsents"},
        "ApplicationManagement: Remove delegated permission grant",
    ),
    ({"action": "changePassword"}, "UserManagement: Change user password"),
    (
        {"action": "revokeSignInSessions"},
        "UserManagement: Update StsRefreshTokenValidFrom Timestamp",
    ),
    ({"action": "changeOwnFactors"}, "UserManagement: User registered security info"),
    ({**_STRANGER, "action": "link", "reason": "taken"}, "UserManagement: Update user"),
    ({"deed": "created", "scopeKind": "directory"}, "RoleManagement: Add role definition"),
    ({"denial": "changed"}, "ResourceManagement: Create deny assignment"),
    (
        {"deed": "deleted", "scopeKind": "azure"},
        "ResourceManagement: Delete custom role definition",
    ),
    (
        {"deed": "removed", "scopeKind": "cloudPC", "roleId": ""},
        "RoleManagement: Remove role assignment from role definition",
    ),
    (
        {"action": "updatePolicy", "scopeKind": "group", "scope": "crew"},
        "GroupManagement: Update role setting in PIM",
    ),
]


@pytest.mark.documented("AUDITREF, Core Directory and Authentication Methods")
@pytest.mark.parametrize(("kind", "data", "expected"), TOLD)
def test_what_is_written_is_told_by_its_published_name(
    kind: EventKind, data: Data, expected: list[str]
) -> None:
    records = audit_records(tell(kind, data))
    told = [f"{one.activity.category.value}: {one.activity.name}" for one in records]
    assert told == expected
    assert {one.result for one in records} <= {Result.SUCCESS}
    assert {one.initiator.id for one in records} <= {BOSS}
    assert {one.correlation_id for one in records} <= {"correlation"}


@pytest.mark.documented("issue 4: who tried to change something is logged, with every reason")
@pytest.mark.parametrize(("data", "expected"), REFUSED)
def test_what_was_tried_is_told_as_a_failure(data: Data, expected: str) -> None:
    problem: Data = {"code": "permissionMissing", "reason": None, "names": ("A.Read", "B.Read")}
    (record,) = audit_records(tell(_K.CHANGE_REFUSED, {**data, "problems": (problem,)}))
    assert f"{record.activity.category.value}: {record.activity.name}" == expected
    assert record.result is Result.FAILURE
    assert ("Problem", "permissionMissing (A.Read, B.Read)") in record.details
    assert record.reason == "permissionMissing (A.Read, B.Read)"


@pytest.mark.inferred("what nobody is named for was done at the machine")
def test_an_operator_is_told_as_such() -> None:
    (record,) = audit_records(tell(_K.PASSWORD_SET, {"isOwn": True}, Actor()))
    assert record.initiator == OPERATOR
    (record,) = audit_records(tell(_K.OBJECT_CHANGED, _USER, Actor(None, APPLICATION)))
    assert (record.initiator.id, record.initiator.is_application) == (APPLICATION, True)


@pytest.mark.inferred("an event tells which secret it was, and never what it is")
def test_of_a_secret_its_id_is_told() -> None:
    (record,) = audit_records(tell(_K.SECRET_ADDED, _APP | {"keyId": "1", "end": "2031"}))
    (target,) = record.targets
    assert target.type is TargetType.APPLICATION
    assert target.changes == (Change("KeyDescription", new="1"),)
    assert record.details == (("keyId", "1"), ("end", "2031"))


@pytest.mark.inferred("who registers for themselves is a user, whoever for another an admin")
def test_own_factors() -> None:
    (record,) = audit_records(tell(_K.FACTOR_ADDED, _FACTOR, Actor(PERSON, APPLICATION)))
    assert record.activity.name == "User registered security info"
    assert record.activity.service.value == "Authentication Methods"
    assert record.details == (("AuthenticationMethod", "totp"),)


@pytest.mark.inferred(
    "the roles of all groups are the same two: only the group tells policies apart"
)
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (_K.POLICY_CHANGED, {"changedRules": ()}),
        (_K.CHANGE_REFUSED, {"action": "updatePolicy", "problems": ()}),
    ],
)
def test_of_a_policy_of_a_group_the_group_is_told(kind: EventKind, data: Data) -> None:
    (record,) = audit_records(tell(kind, {**data, "scopeKind": "group", "scope": "crew"}))
    told = [(one.type, one.id) for one in record.targets]
    assert told == [(TargetType.ROLE, PERSON), (TargetType.GROUP, "crew")]
    (record,) = audit_records(tell(kind, {**data, "scopeKind": "directory", "scope": "/"}))
    assert [(one.type, one.id) for one in record.targets] == [(TargetType.ROLE, PERSON)]


@pytest.mark.inferred("every kind of event is told or said to be untold")
def test_nothing_is_forgotten() -> None:
    known = {kind for kind, *_ in TOLD} | {_K.CHANGE_REFUSED} | UNTOLD
    requests = {
        kind
        for kind in EventKind
        if kind.name.startswith(("REQUEST", "APPROVAL", "EVALUATION", "GRANT"))
    }
    rules = {_K.POLICY_CHANGED, _K.EXTENSION_CHANGED}
    assert set(EventKind) - known - requests == {_K.CANCEL_REFUSED, *rules}
