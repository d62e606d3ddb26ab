"""The sign-in log over Graph: which sign-ins are listed, how they look, and how they are asked."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.dialects.graph.office import (
    DAWN,
    DESK,
    GRACE,
    NORA,
    OMAR,
    ORIGIN,
    ROBOT,
    ROBOT_APP,
    SAMUEL,
    TENANT,
    Office,
)
from timebound.application.changes import ChangeSet, GrantPermission, InsertGrant
from timebound.application.sign_in_log_ports import Attempt, SentFrom, SignInKind
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId
from timebound.domain.roles import SECURITY_OPERATOR
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import ENDLESS, Window

VERSIONS = pytest.mark.parametrize("version", ["v1.0", "beta"])
READ = frozenset({"AuditLog.Read.All"})
GRAPH = "00000003-0000-0000-c000-000000000000"
SIGN_INS = "auditLogs/signIns"
AT_DESK = Attempt(
    TENANT,
    DAWN,
    SignInKind.INTERACTIVE,
    SentFrom("203.0.113.7", "probe/1", "5c8f3f34-0000-4000-8000-000000000001"),
    DESK,
    user_id=OMAR,
    resource_id=GRAPH,
    methods=("pwd", "otp", "mfa"),
    protocol="oAuth2",
)
WRONG = replace(
    AT_DESK,
    at=DAWN + timedelta(minutes=1),
    user_id=None,
    name="Nora@office.example",
    methods=("pwd",),
    fault=50126,
    reason="The user name or the password is wrong.",
)
REFRESHED = replace(AT_DESK, at=DAWN + timedelta(minutes=2), kind=SignInKind.REFRESHED)
ALONE = replace(
    AT_DESK,
    at=DAWN + timedelta(minutes=3),
    kind=SignInKind.APPLICATION,
    app_id=ROBOT_APP,
    user_id=None,
    methods=(),
    credential="clientSecret",
    client="",
)


@pytest.fixture
async def archive(office: Office) -> Office:
    """The office with four sign-ins, whose desk and robot are permitted to read of them."""
    grants = (
        GrantPermission(DESK, "AuditLog.Read.All", is_delegated=True),
        GrantPermission(ROBOT_APP, "AuditLog.Read.All", is_delegated=False),
    )
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), grants))
    for attempt in (AT_DESK, WRONG, REFRESHED, ALONE):
        office.sign_ins.note(attempt)
    return office


async def read(office: Office, query: str, version: str = "beta") -> list[dict[str, Any]]:
    answer = await office.get(office.sign_in(SAMUEL, READ), f"/{version}/{SIGN_INS}{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


@pytest.mark.documented("Graph: list signIns, get signIn")
@pytest.mark.witness("GET auditLogs/signIns", "GET auditLogs/signIns/{id}")
@VERSIONS
async def test_interactive_sign_ins_are_listed_the_newest_first(
    archive: Office, version: str
) -> None:
    key = archive.sign_in(SAMUEL, READ)
    body = (await archive.get(key, f"/{version}/{SIGN_INS}")).json()
    assert body["@odata.context"] == f"{ORIGIN}/{version}/$metadata#auditLogs/signIns"
    wrong, right = body["value"]
    assert right["status"] == {"errorCode": 0, "failureReason": None, "additionalDetails": None}
    assert (right["userId"], right["userDisplayName"]) == (OMAR, "Omar Haddad")
    assert right["userPrincipalName"] == "omar@office.example"
    assert (right["appId"], right["resourceDisplayName"]) == (DESK, "Microsoft Graph")
    assert (right["ipAddress"], right["clientAppUsed"]) == ("203.0.113.7", "Browser")
    assert (right["isInteractive"], right["conditionalAccessStatus"]) == (True, "notApplied")
    assert wrong["status"]["errorCode"] == 50126
    assert wrong["status"]["failureReason"] == WRONG.reason
    assert (wrong["userId"], wrong["userPrincipalName"]) == (NORA, "nora@office.example")
    one = (await archive.get(key, f"/{version}/{SIGN_INS}/{right['id']}")).json()
    assert one == {"@odata.context": f"{body['@odata.context']}/$entity", **right}
    assert ("signInEventTypes" in right) is (version == "beta")
    if version == "beta":
        assert right["authenticationRequirement"] == "multiFactorAuthentication"
        steps = [one["authenticationMethod"] for one in right["authenticationDetails"]]
        assert steps == ["Password", "OATH verification code"]


@pytest.mark.documented("Graph beta: signIn, signInEventTypes")
async def test_others_are_listed_when_a_filter_names_them(archive: Office) -> None:
    (alone,) = await read(archive, "?$filter=signInEventTypes/any(t:t eq 'servicePrincipal')")
    assert (alone["servicePrincipalId"], alone["servicePrincipalName"]) == (ROBOT, "Robot")
    assert (alone["clientCredentialType"], alone["isInteractive"]) == ("clientSecret", False)
    (refreshed,) = await read(archive, "?$filter=signInEventTypes/any(t:t eq 'nonInteractiveUser')")
    assert refreshed["signInEventTypes"] == ["nonInteractiveUser"]
    assert len(await read(archive, "?$filter=signInEventTypes/any(t:t ne 'interactiveUser')")) == 2


@pytest.mark.documented("Graph: signIn, which properties support $filter and how")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?$filter=createdDateTime ge 2031-03-04T08:00:30Z", 1),
        ("?$filter=createdDateTime le 2031-03-04T08:00:00Z", 1),
        ("?$filter=startswith(appDisplayName,'zzz')", 0),
        (f"?$filter=appId eq '{DESK}'", 2),
        (f"?$filter=userId eq '{OMAR}'", 1),
        ("?$filter=userPrincipalName eq 'Omar@office.example'", 1),
        ("?$filter=startswith(userPrincipalName,'no')", 1),
        ("?$filter=startswith(userDisplayName,'omar')", 1),
        ("?$filter=startswith(ipAddress,'203.0.')", 2),
        ("?$filter=status/errorCode eq 50126", 1),
        ("?$filter=status/errorCode eq 0", 1),
        ("?$filter=status/errorCode ne 0", 1),
        ("?$filter=resourceDisplayName eq 'Microsoft Graph'", 2),
        (f"?$filter=resourceId eq '{GRAPH}'", 2),
        ("?$filter=clientAppUsed eq 'Browser'", 2),
        ("?$filter=correlationId eq '5c8f3f34-0000-4000-8000-000000000001'", 2),
        ("?$top=1", 1),
        ("?$orderby=createdDateTime&$select=id,userId", 2),
    ],
)
@VERSIONS
async def test_it_is_asked_as_published(
    archive: Office, version: str, query: str, expected: int
) -> None:
    assert len(await read(archive, query, version)) == expected


@pytest.mark.documented("Graph: what is not published to be filtered is refused")
@pytest.mark.parametrize(
    "query",
    [
        "?$filter=signInEventTypes/any(t:t eq 'servicePrincipal')",
        "?$filter=riskState eq 'none'",
        "?$filter=status/errorCode eq 'many'",
        "?$orderby=userId",
    ],
)
async def test_what_is_not_published_is_refused(archive: Office, query: str) -> None:
    answer = await archive.get(archive.sign_in(SAMUEL, READ), f"/v1.0/{SIGN_INS}{query}")
    assert answer.status_code == 400


@pytest.mark.documented("Graph: list signIns, permissions and roles")
async def test_who_may_read_it(archive: Office) -> None:
    slot = Slot(NORA, SECURITY_OPERATOR, DIRECTORY_ROOT)
    grant = Grant(GrantId("g"), slot, GrantKind.ASSIGNED, Window(DAWN, ENDLESS), DAWN)
    change = ChangeSet(TENANT, DAWN, {}, frozenset(), (InsertGrant(grant),))
    assert await archive.store.apply(change)
    for who, permissions, status in (
        (GRACE, READ, 200),
        (NORA, READ, 200),
        (ROBOT, READ, 200),
        (OMAR, READ, 403),
        (GRACE, frozenset({"Directory.Read.All"}), 403),
    ):
        answer = await archive.get(archive.sign_in(who, permissions), f"/v1.0/{SIGN_INS}")
        assert answer.status_code == status
