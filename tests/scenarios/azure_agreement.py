"""A subscription where roles are given, used and taken away, and all that tells of who has them.

Of one person at one place: their role assignments, what PIM lists as theirs, their permissions, and
what enforcement points are told that they may do, and until when.
"""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from itertools import count
from typing import Any, Final, TypeAlias
from uuid import UUID

import httpx

from tests.scenarios.azure import OWNER, ROLES, AzureCompany, find_role, found_azure
from tests.scenarios.policy_calls import MODERATOR, call_freely
from tests.support.drivers.arm import PROVIDER, spell_role
from tests.support.drivers.words import NOUN
from tests.support.scenario import Scenario
from timebound.application.ports import Store
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.requests import Action, Draft, RequestKind
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType, Instant

PEOPLE: Final = ("eve", "finn")
GROUPS: Final = ("Club", "Jury")
PLACES: Final = ("/", "North", "South")
GIVEN: Final = ("Reports Reader", "Security Reader", "Privileged Role Administrator")
"""The roles that are given, by those of the directory that they stand for."""
ACTIONS: Final = {
    "Microsoft.Authorization/roleAssignments/read": False,
    "Microsoft.Authorization/roleAssignments/write": False,
    "Microsoft.Compute/virtualMachines/read": False,
    "Microsoft.Storage/storageAccounts/blobServices/containers/read": False,
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read": True,
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write": True,
}
"""What is asked about, and whether it is done to data."""
VERSION: Final = "2022-04-01"
PIM: Final = {"api-version": "2020-10-01"}
ASSIGNMENTS: Final = "roleAssignments"
INSTANCES: Final = "roleAssignmentScheduleInstances"
EVALUATIONS: Final = "/access/v1/evaluations"
ABOVE: Final = "atScope() and "
MEMBERS: Final = ("actions", "notActions", "dataActions", "notDataActions")
HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
_NUMBERS: Final = count(1)
HeldSlot: TypeAlias = tuple[str, str, str]
"""Who has which role where."""
Held: TypeAlias = tuple[str, ...]
Step: TypeAlias = tuple[Any, ...]
Row: TypeAlias = dict[str, Any]
Block: TypeAlias = tuple[tuple[str, ...], ...]
Decision: TypeAlias = tuple[bool, Instant | None]
Decisions: TypeAlias = dict[tuple[str, str, str], Decision]
"""What is decided of whom, where and about what."""


@dataclass(slots=True)
class World:
    """A company with its subscription, and what is known of it."""

    azure: AzureCompany
    blocks: dict[str, Block] = field(default_factory=dict)
    """What roles allow, by their ids."""

    async def call(
        self, who: str, method: str, path: str, json: object = None, **query: str
    ) -> httpx.Response:
        """A call to Azure Resource Manager, or to where access is checked."""
        driver = self.azure.driver
        headers = {"authorization": f"Bearer {await self.azure.sign_in(who, driver.resource, ())}"}
        return await driver.client.request(method, path, params=query, headers=headers, json=json)

    async def list_rows(self, who: str, place: str, collection: str, **query: str) -> list[Row]:
        """All that a collection holds around a place."""
        path = f"{self.path_of(place)}/{PROVIDER}/{collection}"
        answer = await self.call(who, "GET", path, **query)
        assert answer.status_code == httpx.codes.OK, answer.text
        assert "nextLink" not in answer.json()
        rows: list[Row] = answer.json()["value"]
        return rows

    def path_of(self, place: str) -> str:
        """The path of a place."""
        return self.azure.find_scope(place).path

    # What is done.

    async def play(self, step: Step) -> None:
        """Does one step."""
        word, *rest = step
        await getattr(self, "let_pass" if word == "pass" else word)(*rest)

    async def submit(
        self, who: str, kind: RequestKind, action: Action, slot: Slot, *times: int
    ) -> None:
        """Asks PIM, from some hour on and for some hours; it is no matter what it says."""
        schedule = None
        if times:
            start, length = self.azure.now() + times[0] * HOUR, times[1] * HOUR
            ends = Expiration(ExpirationType.AFTER_DURATION, duration=length)
            schedule = AskedSchedule(start, ends)
        draft = Draft(kind, action, slot, schedule, justification="As agreed")
        driver = self.azure.driver
        await driver.submit(await self.azure.sign_in(who, driver.resource, ()), draft)

    def find_slot(self, slot: HeldSlot) -> Slot:
        """The slot that names stand for."""
        principal, role, place = slot
        principal_id = PrincipalId(self.azure.find(principal))
        return Slot(principal_id, find_role(ROLES[role]), self.azure.find_scope(place))

    async def give(self, kind: RequestKind, slot: HeldSlot, start: int, length: int) -> None:
        """Gives a role."""
        held = self.find_slot(slot)
        await self.submit(OWNER, kind, Action.ADMIN_ASSIGN, held, start, length)

    async def take(self, kind: RequestKind, number: int) -> None:
        """Takes any role away that anybody has, now or later."""
        rows = await self.list_rows(OWNER, "/", f"{NOUN[kind]}Schedules", **PIM)
        ours = {self.azure.find(one) for one in (*PEOPLE, *GROUPS)}
        found = [one for row in rows if (one := read_slot(row)).principal_id in ours]
        if found:
            slot = found[number % len(found)]
            await self.submit(OWNER, kind, Action.ADMIN_REMOVE, slot)

    async def activate(self, slot: HeldSlot, length: int) -> None:
        """Uses what one is eligible for."""
        held = self.find_slot(slot)
        await self.submit(slot[0], RequestKind.ASSIGNMENT, Action.SELF_ACTIVATE, held, 0, length)

    async def deactivate(self, who: str, number: int) -> None:
        """Leaves any role again that somebody has activated."""
        rows = await self.list_rows(who, "/", INSTANCES, **{**PIM, "$filter": "asTarget()"})
        found = [row for row in rows if row["properties"]["assignmentType"] == "Activated"]
        if found:
            slot = read_slot(found[number % len(found)])
            await self.submit(who, RequestKind.ASSIGNMENT, Action.SELF_DEACTIVATE, slot)

    async def put(self, slot: HeldSlot) -> None:
        """Assigns a role for good, past PIM."""
        principal, role, place = slot
        path, name = self.path_of(place), UUID(int=2**64 + next(_NUMBERS))
        role_id = spell_role(find_role(ROLES[role]), path)
        body = {
            "properties": {
                "principalId": self.azure.find(principal),
                "roleDefinitionId": role_id,
            }
        }
        address = f"{path}/{PROVIDER}/{ASSIGNMENTS}/{name}"
        made = await self.call(OWNER, "PUT", address, body, **{"api-version": VERSION})
        assert made.status_code in (201, 409), made.text

    async def delete(self, who: str, number: int) -> None:
        """Deletes any of the role assignments that somebody has, whoever made it."""
        rows = await self.list_assigned(who, "/", ASSIGNMENTS, VERSION)
        if rows:
            name = rows[number % len(rows)]["id"]
            gone = await self.call(OWNER, "DELETE", name, **{"api-version": VERSION})
            assert gone.status_code == httpx.codes.OK, gone.text

    async def join(self, member: str, group: str) -> None:
        """Puts somebody or a group into a group, unless they are in it."""
        find, company = self.azure.find, self.azure.company
        url = f"https://graph.microsoft.com/v1.0/directoryObjects/{find(member)}"
        path = f"/v1.0/groups/{find(group)}/members/$ref"
        answer = await call_freely(company, "POST", path, {"@odata.id": url})
        assert answer.status_code in (204, 400), answer.text

    async def leave(self, member: str, group: str) -> None:
        """Takes them out again."""
        find, company = self.azure.find, self.azure.company
        path = f"/v1.0/groups/{find(group)}/members/{find(member)}/$ref"
        answer = await call_freely(company, "DELETE", path)
        assert answer.status_code in (204, 404), answer.text

    async def let_pass(self, minutes: int | None) -> None:
        """Time goes by, to the instant at which something is said to change unless it is told."""
        before = await self.check()
        later = self.azure.now() + (minutes or 5) * MINUTE
        if minutes is None:
            later = min((until for _, until in before.values() if until), default=later)
        self.azure.move_to(later)
        after = await self.check()
        for key, (was_allowed, until) in before.items():
            if until is None or later < until:
                assert after[key][0] is was_allowed, f"{key} changed before {until}"
            elif later == until:
                assert after[key][0] is not was_allowed, f"{key} is the same at {until}"

    # What must hold.

    async def check(self) -> Decisions:
        """What is decided, once everything that tells of anybody anywhere has told the same."""
        found: Decisions = {}
        for who in PEOPLE:
            own, decided = await self.list_own(who), await self.ask(who)
            for place in PLACES:
                rows = await self.list_assigned(who, place, ASSIGNMENTS, VERSION, ABOVE)
                assigned = sorted(map(read_row, rows))
                assert assigned == await self.list_instances(who, place)
                assert set(assigned) <= set(own)
                held = {row["name"]: await self.read_role(row) for row in rows}
                await self.check_permissions(who, place, set(held.values()))
                for action in ACTIONS:
                    said = check_decision(action, held, decided[place, action])
                    found[who, place, action] = said
        return found

    async def list_assigned(
        self, who: str, place: str, collection: str, version: str, more: str = ""
    ) -> list[Row]:
        """What somebody has there and above, or below as well, as the owner is told."""
        query = {
            "api-version": version,
            "$filter": f"{more}assignedTo('{self.azure.find(who)}')",
        }
        return await self.list_rows(OWNER, place, collection, **query)

    async def list_instances(self, who: str, place: str) -> list[Held]:
        """The same as PIM tells it."""
        rows = await self.list_assigned(who, place, INSTANCES, PIM["api-version"], ABOVE)
        return sorted(map(read_instance, rows))

    async def list_own(self, who: str) -> list[Held]:
        """What somebody is told to have in the subscription, which the owner is told as well."""
        rows = await self.list_rows(who, "/", INSTANCES, **{**PIM, "$filter": "asTarget()"})
        assigned = await self.list_assigned(who, "/", ASSIGNMENTS, VERSION)
        own = sorted(map(read_instance, rows))
        assert own == sorted(map(read_row, assigned))
        return own

    async def read_role(self, row: Row) -> Block:
        """What the role of an assignment allows."""
        role = row["properties"]["roleDefinitionId"].rpartition("/")[2]
        if role not in self.blocks:
            path = spell_role(role, self.azure.driver.place)
            found = await self.call(OWNER, "GET", path, **{"api-version": VERSION})
            (block,) = found.json()["properties"]["permissions"]
            self.blocks[role] = read_block(block)
        return self.blocks[role]

    async def check_permissions(self, who: str, place: str, expected: set[Block]) -> None:
        """Somebody is told each block of their roles there, and each once."""
        rows = await self.list_rows(who, place, "permissions", **{"api-version": VERSION})
        assert sorted(map(read_block, rows)) == sorted(expected)

    async def ask(self, who: str) -> dict[tuple[str, str], Row]:
        """What enforcement points are told, which is what somebody is told themselves."""
        asked = [(place, name) for place in PLACES for name in ACTIONS]
        body = {
            "subject": {"type": "user", "id": self.azure.find(who)},
            "evaluations": [
                {
                    "action": {"name": name, "properties": {"isDataAction": ACTIONS[name]}},
                    "resource": {"type": "azure", "id": self.path_of(place)},
                }
                for place, name in asked
            ],
        }
        told = [
            (await self.call(one, "POST", EVALUATIONS, body)).json()["evaluations"]
            for one in (who, OWNER)
        ]
        assert told[0] == told[1]
        return dict(zip(asked, told[0], strict=True))


def read_row(row: Row) -> Held:
    """A role assignment by its name, with who has which role where."""
    return row["name"], *_read_slot(row["properties"])


def read_instance(row: Row) -> Held:
    """An instance by the role assignment that it is of."""
    properties = row["properties"]
    return properties["originRoleAssignmentId"].rpartition("/")[2], *_read_slot(properties)


def _read_slot(properties: Row) -> Held:
    return properties["principalId"], properties["roleDefinitionId"], properties["scope"]


def read_slot(row: Row) -> Slot:
    """Who has which role where."""
    principal_id, role, place = _read_slot(row["properties"])
    role_id = RoleId(role.rpartition("/")[2])
    return Slot(PrincipalId(principal_id), role_id, Scope(ScopeKind.AZURE, place))


def read_block(block: Row) -> Block:
    """What a block allows and excepts."""
    return tuple(tuple(block[name]) for name in MEMBERS)


def check_decision(action: str, held: Mapping[str, Block], said: Row) -> Decision:
    """What was decided and until when, as exactly those assignments allow it that are told."""
    allowing = {name for name, block in held.items() if covers(block, action)}
    assert said["decision"] is bool(allowing), f"{action}: {said}"
    assert {one["id"] for one in said["context"]["grants"]} == allowing
    until = said["context"]["until"]
    return said["decision"], until and datetime.fromisoformat(until)


def covers(block: Block, action: str) -> bool:
    """Whether a block allows an action."""
    allowed, excepted = block[2:] if ACTIONS[action] else block[:2]
    hit = [
        any(fnmatchcase(action.lower(), one.lower()) for one in patterns)
        for patterns in (allowed, excepted)
    ]
    return hit == [True, False]


async def begin(store: Store) -> World:
    """A subscription where people can use some roles, of their own or of their groups."""
    eligible = [
        {"principal": who, "role": role}
        for who in ("eve@company.example", "Club")
        for role in GIVEN
    ]
    given = {
        "applications": [MODERATOR],
        # Whoever owns the subscription is no administrator of the directory any more.
        "assignments": [{"principal": "gail@company.example", "role": "Directory Writers"}],
        "eligibilities": eligible,
        # What is used is left again at once.
        "settings": {"minimum_active_duration": "PT0S"},
    }
    scenario = Scenario("Agreement", (), given=given)
    return World(await found_azure(store, f"agreement{next(_NUMBERS)}", scenario))


async def live(store: Store, history: list[Step]) -> None:
    """Plays a history, and looks at the end at what must hold."""
    world = await begin(store)
    async with aclosing(world.azure.driver.client):
        for step in history:
            await world.play(step)
        await world.check()
