"""The world of what was recorded of PIM in 2022, and how it was spelled there.

Ids, names, the hour and the paths with their repeated slashes are the recordings'. Seven digits of
a second were recorded where six are kept here. Of the headers, browsers' `Access-Control-*` and
`X-Content-Type-Options` are the edge's (`tests/server`), `Date` the server's, and `mspimslice`,
which names a part of the service's own installation, is not told.
"""

from datetime import UTC, datetime
from typing import Any, Final

import httpx

from tests.dialects.arm.estate import PROVIDER, place
from tests.dialects.arm.office import ORIGIN, ArmOffice
from tests.dialects.graph.office import DESK, TENANT
from timebound.application.azure_writes import PutScope
from timebound.application.changes import (
    ChangeSet,
    GrantPermission,
    InsertGrant,
    PutObject,
    Write,
)
from timebound.domain.azure.nodes import NodeContent
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, RequestId, RoleId
from timebound.domain.roles import AZURE_OWNER
from timebound.domain.times import ENDLESS, Window

VERSION: Final = "2020-10-01-preview"
SUBSCRIPTION: Final = "/subscriptions/38ab2ccc-3747-4567-b36b-9478f5602f0d"
ALIASED: Final = f"/providers/Microsoft.Subscription{SUBSCRIPTION}"
CIRCLE: Final = "/providers/Microsoft.Management/managementGroups/MG-1"
HOUR: Final = datetime(2022, 2, 11, 0, 20, 37, 916_569, UTC)
ADMIN: Final = PrincipalId("a2cc980e-9a66-442e-8755-fd5648ed19f2")
ONE: Final = PrincipalId("5a4bdd72-ab3e-4d8e-ab0f-8dd8917481a2")
TWO: Final = PrincipalId("da9921e3-84ca-4fb1-81f0-6a953c9024fc")
CREW: Final = PrincipalId("5c3886cc-b75b-4687-ad7a-051fa2f79f9f")
TAGGERS: Final = PrincipalId("97f4dec7-d0f1-4f6f-8027-040b91bc213f")
READER: Final = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
QUARANTINE: Final = RoleId("c8d4ff99-41c3-41a8-9f60-21dfdad59608")
NAMES: Final = {
    ADMIN: "User Admin",
    ONE: "User One",
    TWO: "User Two",
    CREW: "group-one",
    TAGGERS: "group-two",
    READER: "Reader",
    QUARANTINE: "AcrQuarantineWriter",
    AZURE_OWNER: "Owner",
}
GROUPS: Final = frozenset({CREW, TAGGERS})
OWNS: Final = "529e4bba-621c-4309-a4b2-73e3364d4dd3"


async def build_recorded(office: ArmOffice, *more: Write) -> None:
    """The places and people, an administrator who owns all of it, and what a test wants besides."""
    office.clock.at = HOUR
    writes: list[Write] = [
        PutScope(place(CIRCLE), place("/"), NodeContent(display_name="MG-1")),
        PutScope(place(SUBSCRIPTION), place(CIRCLE), NodeContent(display_name="Wingtip Toys")),
        PutScope(place(f"{SUBSCRIPTION}/resourceGroups/RG-A"), place(SUBSCRIPTION)),
        PutScope(place(f"{SUBSCRIPTION}/resourceGroups/RG-B"), place(SUBSCRIPTION)),
        GrantPermission(DESK, AZURE_PERMISSION, is_delegated=True),
        hold(OWNS, (ADMIN, AZURE_OWNER), since("2021-01-08T19:07:33.656379Z"), path=CIRCLE),
    ]
    for id_ in (ADMIN, ONE, TWO, CREW, TAGGERS):
        kind = ObjectKind.GROUP if id_ in GROUPS else ObjectKind.USER
        writes.append(PutObject(DirectoryObject(id_, kind, NAMES[id_], HOUR, mail=mail_of(id_))))
    change = ChangeSet(TENANT, HOUR, {}, frozenset(), (*writes, *more))
    assert await office.store.apply(change)


def mail_of(id_: PrincipalId) -> str | None:
    """The address of a person; groups have none."""
    name = NAMES[id_].lower().replace(" ", ".")
    return None if id_ in GROUPS else f"{name}@example.com"


def hold(
    id_: str,
    held: tuple[PrincipalId, RoleId],
    window: Window,
    kind: GrantKind = GrantKind.ASSIGNED,
    *,
    path: str = SUBSCRIPTION,
    is_asked: bool = False,
) -> InsertGrant:
    """What somebody holds; asked for through PIM under its own name, or made outside of it."""
    who, role = held
    slot, asked = Slot(who, role, place(path)), RequestId(id_) if is_asked else None
    return InsertGrant(Grant(GrantId(id_), slot, kind, window, window.start, asked))


def since(start: str, end: str = "") -> Window:
    """From an instant on, until another one or for ever."""
    last = datetime.fromisoformat(end) if end else ENDLESS
    return Window(datetime.fromisoformat(start), last)


def at(collection: str, name: str = "", scope: str = SUBSCRIPTION) -> str:
    """The address as the recorded client spelled it, with an empty segment here and there."""
    return f"{ORIGIN}/{scope}//{PROVIDER}/{collection}{name and '/'}{name}?api-version={VERSION}"


def identify(collection: str, name: str, scope: str = ALIASED) -> dict[str, Any]:
    """What everything is told by."""
    return {
        "name": name,
        "id": f"{scope}/{PROVIDER}/{collection}/{name}",
        "type": f"Microsoft.Authorization/{collection}",
    }


def slot_of(who: PrincipalId, role: RoleId, role_name: str | None = None) -> dict[str, Any]:
    """Who has what at the subscription, and what all of it is called."""
    role_id = f"{SUBSCRIPTION}/{PROVIDER}/roleDefinitions/{role}"
    kind, mail = "Group" if who in GROUPS else "User", mail_of(who)
    person = {"id": who, "displayName": NAMES[who], "type": kind}
    return {
        "scope": SUBSCRIPTION,
        "roleDefinitionId": role_id,
        "principalId": who,
        "principalType": kind,
        "expandedProperties": {
            # Lists of schedules and requests were recorded without addresses, lists of instances
            # and answers to requests with those of the same people: they are told everywhere.
            "principal": person | ({"email": mail} if mail else {}),
            "roleDefinition": {
                "id": role_id,
                "displayName": role_name or NAMES[role],
                "type": "BuiltInRole",
            },
            "scope": {"id": SUBSCRIPTION, "displayName": "Wingtip Toys", "type": "subscription"},
        },
    }


def check_headers(answer: httpx.Response, counted: str) -> None:
    """Every header that was recorded is there; of the limits the one that the call counts to."""
    told = answer.headers
    assert {
        *("cache-control", "pragma", "expires", "strict-transport-security"),
        *("x-ms-client-request-id", "x-ms-request-id", "x-ms-correlation-request-id"),
        "x-ms-routing-request-id",
    } <= set(told)
    assert (told["cache-control"], told["pragma"], told["expires"]) == (
        "no-cache",
        "no-cache",
        "-1",
    )
    assert told["x-ms-request-id"] == told["x-ms-correlation-request-id"]
    region, moment, id_ = told["x-ms-routing-request-id"].split(":")
    assert region
    assert moment.startswith("20220211T0020")
    assert id_ == told["x-ms-request-id"]
    assert [name for name in told if "ratelimit" in name] == [f"x-ms-ratelimit-remaining-{counted}"]
    is_empty = answer.content == b""
    assert told.get("content-type") == (None if is_empty else "application/json; charset=utf-8")
