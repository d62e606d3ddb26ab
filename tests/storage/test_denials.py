"""Deny assignments made, changed, listed and taken away by the use cases, on both stores."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

import pytest

from tests.storage.racing import RandomIds, race
from tests.storage.world import HOUR, NOON, World, azure
from tests.support.events import read_events
from timebound.application.azure_writes import PutDenial
from timebound.application.changes import AZURE
from timebound.application.denials import (
    DenialFilter,
    Naming,
    Part,
    Put,
    delete_denial,
    find_denial,
    put_denial,
    read_denials,
)
from timebound.application.engine import Engine
from timebound.application.ports import Store
from timebound.application.reading import Reader
from timebound.domain.authority import Token
from timebound.domain.azure.denials import EVERYBODY, Denial, DeniedPrincipal
from timebound.domain.azure.permissions import Permission
from timebound.domain.azure.places import ROOT
from timebound.domain.decide import Refused
from timebound.domain.events import EventKind
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.problems import Code
from timebound.domain.roles import AZURE_OWNER
from timebound.domain.scopes import Scope

pytestmark = pytest.mark.documented("Azure: deny assignments")

COMPANY = azure("/providers/Microsoft.Management/managementGroups/Company")
SUBSCRIPTION = azure("/subscriptions/00000000-0000-0000-0000-00000000000a")
CREW = azure(f"{SUBSCRIPTION.path}/resourceGroups/Crew")
MACHINE = azure(f"{CREW.path}/providers/Microsoft.Compute/virtualMachines/One")
READER = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
DELETE: Final = "Microsoft.Compute/virtualMachines/delete"


@dataclass
class Cloud:
    """The tree, an owner of it, and somebody who deletes machines."""

    world: World
    owner: PrincipalId
    person: PrincipalId

    def token(self, who: PrincipalId | None = None) -> Token:
        """A token of somebody, of the owner unless said otherwise."""
        permissions = frozenset({AZURE_PERMISSION})
        return replace(self.world.token(who or self.owner), permissions=permissions)

    def reader(self, who: PrincipalId | None = None) -> Reader:
        return Reader(self.world.store, self.token(who), NOON)

    def denial(self, id_: str = "d1", **changes: object) -> Denial:
        told = DeniedPrincipal(self.person, "User")
        made = Denial(id_, ROOT, f"No {id_}", (Permission(("*/delete",)),), (told,))
        return replace(made, **changes)  # type: ignore[arg-type]  # the fields are the test's

    async def put(
        self,
        denial: Denial | None = None,
        place: Scope = SUBSCRIPTION,
        who: PrincipalId | None = None,
    ) -> Put | Refused:
        engine = Engine(self.world.store, RandomIds())
        return await put_denial(engine, self.token(who), place, denial or self.denial(), NOON)

    async def delete(
        self, id_: str = "d1", place: Scope = SUBSCRIPTION, who: PrincipalId | None = None
    ) -> Denial | Refused:
        engine = Engine(self.world.store, RandomIds())
        return await delete_denial(engine, self.token(who), place, id_, NOON)

    async def names(self, place: Scope, wanted: DenialFilter | None = None) -> list[str]:
        found = await read_denials(self.reader(), place, wanted or DenialFilter(), Part(99))
        assert not isinstance(found, Refused), found
        return sorted(one.id for one in found)

    async def may_delete(self) -> bool:
        loaded = await self.world.store.load_rights(self.token(self.person), MACHINE, NOON)
        return loaded.rights.allows(DELETE)


@pytest.fixture
async def cloud(world: World) -> Cloud:
    above = "/"
    for place in (COMPANY, SUBSCRIPTION, CREW, MACHINE):
        await world.node(place.path, above)
        above = place.path
    await world.permit(AZURE_PERMISSION)
    owner, person = await world.user("Owner"), await world.user("Person")
    for who in (owner, person):
        await world.grant(Slot(who, AZURE_OWNER, ROOT))
    return Cloud(world, owner, person)


async def test_what_is_denied_is_denied_from_then_on(cloud: Cloud) -> None:
    assert await cloud.may_delete()
    made = await cloud.put(place=azure(SUBSCRIPTION.path.upper()))
    assert isinstance(made, Put)
    assert (made.is_new, made.denial.scope, made.denial.created_at) == (True, SUBSCRIPTION, NOON)
    assert not await cloud.may_delete()
    gone = await cloud.delete()
    assert gone == made.denial
    assert await cloud.may_delete()
    refused = await cloud.delete()
    assert isinstance(refused, Refused)
    assert refused.problems[0].code is Code.OBJECT_NOT_FOUND


async def test_what_is_put_again_is_changed(cloud: Cloud) -> None:
    await cloud.put()
    changed = await cloud.put(cloud.denial(permissions=(Permission(("*/write",)),)))
    assert isinstance(changed, Put)
    assert not changed.is_new
    assert await cloud.may_delete()
    assert await cloud.names(SUBSCRIPTION) == ["d1"]


async def test_every_change_and_refusal_is_told(cloud: Cloud, database_url: str) -> None:
    await cloud.put()
    await cloud.put(cloud.denial(name="Other"))
    await cloud.put(cloud.denial("d2", principals=()))
    await cloud.delete()
    await cloud.delete()
    events = await read_events(database_url, cloud.world.tenant)
    told = [(one.kind, one.data["denial"]) for one in events]
    assert sorted(told, key=str) == [
        (EventKind.CHANGE_REFUSED, "created"),
        (EventKind.DENIAL_CHANGED, "changed"),
        (EventKind.DENIAL_CHANGED, "created"),
        (EventKind.DENIAL_CHANGED, "deleted"),
    ]


async def test_who_may_not_is_refused(cloud: Cloud) -> None:
    reader = await cloud.world.user("Reader")
    await cloud.world.grant(Slot(reader, READER, COMPANY))
    await cloud.put()
    for refused in (await cloud.put(who=reader), await cloud.delete(who=reader)):
        assert isinstance(refused, Refused)
        assert refused.problems[0].code is Code.ACTION_NOT_ALLOWED
    assert not isinstance(await find_denial(cloud.reader(reader), CREW, "d1"), Refused)
    stranger = await cloud.world.user("Stranger")
    for unanswered in (
        await find_denial(cloud.reader(stranger), CREW, "d1"),
        await read_denials(cloud.reader(stranger), CREW, DenialFilter(), Part(99)),
    ):
        assert isinstance(unanswered, Refused)
        assert unanswered.problems[0].code is Code.ACTION_NOT_ALLOWED


async def test_a_place_that_is_not_there_is_told_to_who_may(cloud: Cloud) -> None:
    nowhere = azure(f"{SUBSCRIPTION.path}/resourceGroups/nowhere")
    for unanswered in (
        await cloud.put(place=nowhere),
        await find_denial(cloud.reader(), nowhere, "d1"),
        await read_denials(cloud.reader(), nowhere, DenialFilter(), Part(99)),
    ):
        assert isinstance(unanswered, Refused)
        assert unanswered.problems[0].code is Code.SCOPE_NOT_FOUND


async def test_lists_tell_what_is_around_a_place(cloud: Cloud) -> None:
    beside = azure(f"{SUBSCRIPTION.path}/resourceGroups/Beside")
    await cloud.world.node(beside.path, SUBSCRIPTION.path)
    places = {"root": ROOT, "top": COMPANY, "sub": SUBSCRIPTION, "crew": CREW, "beside": beside}
    for id_, place in places.items():
        assert isinstance(await cloud.put(cloud.denial(id_), place), Put)
    assert await cloud.names(ROOT) == sorted(places)
    assert await cloud.names(CREW) == ["crew", "root", "sub", "top"]
    assert await cloud.names(SUBSCRIPTION) == sorted(places)
    assert await cloud.names(SUBSCRIPTION, DenialFilter(is_above=True)) == ["root", "sub", "top"]
    assert await cloud.names(SUBSCRIPTION, DenialFilter(name="NO SUB")) == ["sub"]
    assert await cloud.names(CREW, DenialFilter(name="No sub")) == []
    for id_, is_seen in (("crew", True), ("root", True), ("beside", False), ("none", False)):
        found = await find_denial(cloud.reader(), CREW, id_)
        assert isinstance(found, Denial) is is_seen


async def test_lists_are_narrowed_to_somebody(cloud: Cloud) -> None:
    group, other = await cloud.world.group(is_role_assignable=False), await cloud.world.user()
    outer = await cloud.world.group(is_role_assignable=False)
    await cloud.world.member(cloud.person, group)
    await cloud.world.member(group, outer)
    everybody, him = (DeniedPrincipal(EVERYBODY, "SystemDefined"),), cloud.denial().principals
    for denial in (
        cloud.denial("direct"),
        cloud.denial("all", principals=everybody, left_out=(DeniedPrincipal(other, "User"),)),
        cloud.denial("all-but", principals=everybody, left_out=him),
        cloud.denial("other", principals=(DeniedPrincipal(other, "User"),)),
        cloud.denial("grouped", principals=(DeniedPrincipal(outer, "Group"),)),
    ):
        kept = replace(denial, scope=SUBSCRIPTION, created_at=NOON)
        assert await cloud.world.write(PutDenial(kept), bumps=[AZURE])
    person = str(cloud.person)
    assigned = DenialFilter(assigned_to=person)
    assert await cloud.names(CREW, assigned) == ["all", "direct", "grouped"]
    assert await cloud.names(CREW, DenialFilter(principal_id=person)) == ["direct"]
    exported = DenialFilter(principal_id=person, naming=Naming.ANYWHERE)
    assert await cloud.names(CREW, exported) == ["all-but", "direct"]


async def test_of_two_that_take_a_name_one_does(cloud: Cloud, stores: tuple[Store, Store]) -> None:
    def take(id_: str) -> Callable[[Engine], Awaitable[Put | Refused]]:
        asked = cloud.denial(id_, name="Mine")
        return lambda engine: put_denial(engine, cloud.token(), CREW, asked, NOON + HOUR)

    first, second, _ = await race(stores, take("d1"), take("d2"))
    (refused,) = [one for one in (first, second) if isinstance(one, Refused)]
    assert refused.problems[0].code is Code.OBJECT_CONFLICTS
    assert len(await cloud.names(CREW)) == 1


@pytest.mark.parametrize("limit", [1, 2, 9])
async def test_lists_are_told_in_parts(cloud: Cloud, limit: int) -> None:
    for id_, place in (("b", ROOT), ("a", CREW), ("c", COMPANY), ("d", ROOT), ("%", CREW)):
        assert isinstance(await cloud.put(cloud.denial(id_), place), Put)
    person = str(cloud.person)
    for wanted, told in (
        (DenialFilter(), ["b", "d", "c", "%", "a"]),
        (DenialFilter(principal_id=person), ["b", "d", "c", "%", "a"]),
        (DenialFilter(principal_id="%"), []),
        (DenialFilter(name="no a"), ["a"]),
    ):
        found: list[str] = []
        part = Part(limit)
        while True:
            rows = await read_denials(cloud.reader(), CREW, wanted, part)
            assert not isinstance(rows, Refused)
            found += (one.id for one in rows)
            if len(rows) < limit:
                break
            part = Part(limit, (rows[-1].scope.path, rows[-1].id))
        assert found == told
