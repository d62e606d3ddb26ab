"""Strangers are found by issuer and subject, matched once by name, or made: on both stores."""

import asyncio

import pytest

from tests.storage.world import NOON, World, reader_role
from timebound.application.changes import PurgeObject, PutRole, principal_key
from timebound.application.engine import Engine
from timebound.application.ports import Store
from timebound.application.strangers import Arrival, Reception, admit_stranger
from timebound.domain.directory import DirectoryObject
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.ids import PrincipalId
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.strangers import Rejection, Stranger, Voucher
from timebound.server.ids import RandomIds

ISSUER = "https://idp.example"
AT_ONCE = 8
pytestmark = pytest.mark.documented(
    "OpenID Connect Core, 5.7: subject and issuer alone identify a person for good"
)
PLAIN, CERTAIN, CREATING = Voucher(), Voucher(is_certain=True), Voucher(is_creating=True)


class House:
    """A tenant whose door strangers come to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reception = Reception(Engine(world.store, RandomIds()), world.store)

    def name(self, local: str) -> str:
        return f"{local}@{self.world.tenant}.example"

    async def person(self, local: str) -> PrincipalId:
        id_ = await self.world.user(local.title())
        await self.world.change(id_, user_principal_name=self.name(local))
        return id_

    async def come(
        self,
        subject: str,
        local: str | None = None,
        voucher: Voucher = PLAIN,
        *,
        issuer: str = ISSUER,
        reception: Reception | None = None,
    ) -> DirectoryObject | Rejection:
        name = None if local is None else self.name(local)
        arrival = Arrival(self.world.tenant, Stranger(issuer, subject), name, voucher, "Somebody")
        return await admit_stranger(reception or self.reception, arrival, NOON)


@pytest.fixture
async def house(world: World) -> House:
    """A tenant that nobody was let into so far."""
    return House(world)


def _id(outcome: DirectoryObject | Rejection) -> PrincipalId:
    assert isinstance(outcome, DirectoryObject), outcome
    return outcome.id


async def test_a_name_counts_once_and_the_subject_from_then_on(house: House) -> None:
    ada, bob = await house.person("ada"), await house.person("bob")
    assert _id(await house.come("s1", "ada")) == ada
    # Renamed here and there, it is the same person.
    await house.world.change(ada, user_principal_name=house.name("ada.new"))
    assert _id(await house.come("s1", "bob")) == ada
    assert _id(await house.come("s1")) == ada
    assert bob != ada


async def test_a_name_that_was_given_to_somebody_else_opens_nothing(house: House) -> None:
    await house.person("ada")
    await house.come("s1", "ada")
    assert await house.come("s2", "ada") is Rejection.LINKED_OTHERWISE
    # Not even where whoever says it is believed otherwise.
    assert await house.come("s2", "ada", CERTAIN) is Rejection.LINKED_OTHERWISE


async def test_a_subject_is_one_of_its_issuer_and_its_tenant(house: House, store: Store) -> None:
    ada = await house.person("ada")
    await house.come("s1", "ada")
    assert await house.come("s1", issuer="https://other.example") is Rejection.UNKNOWN
    other = House(await World(store).begin())
    assert await other.come("s1") is Rejection.UNKNOWN
    assert _id(await house.come("s1", "ada", issuer="https://other.example")) == ada


async def test_nobody_comes_in_without_a_name_or_with_one_that_nobody_has(house: House) -> None:
    assert await house.come("s1") is Rejection.UNKNOWN
    assert await house.come("s1", "nobody") is Rejection.UNKNOWN


async def test_disabled_and_deleted_people_stay_out_on_every_way(house: House) -> None:
    ada = await house.person("ada")
    await house.come("s1", "ada")
    await house.world.change(ada, is_enabled=False)
    assert await house.come("s1", "ada") is Rejection.NOT_ENABLED
    assert await house.come("s2", "ada", CERTAIN) is Rejection.NOT_ENABLED
    await house.world.change(ada, is_enabled=True, deleted_at=NOON)
    assert await house.come("s1", "ada") is Rejection.NOT_ENABLED


async def test_a_link_goes_with_the_person(house: House) -> None:
    ada = await house.person("ada")
    await house.come("s1", "ada")
    assert await house.world.write(PurgeObject(ada), bumps=[principal_key(ada)])
    assert await house.come("s1", "ada") is Rejection.UNKNOWN


@pytest.mark.parametrize("kind", [GrantKind.ASSIGNED, GrantKind.ELIGIBLE])
async def test_a_name_does_not_open_an_account_that_could_come_to_a_role(
    house: House, kind: GrantKind
) -> None:
    await house.world.write(PutRole(reader_role(GLOBAL_ADMINISTRATOR)))
    boss = await house.person("boss")
    await house.world.grant(Slot(boss, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT), kind)
    assert await house.come("s1", "boss") is Rejection.PRIVILEGED
    assert await house.come("s1", "boss", CREATING) is Rejection.PRIVILEGED
    assert await house.come("s1") is Rejection.UNKNOWN
    # Where it is certain who it is, they are let in, and known from then on.
    assert _id(await house.come("s1", "boss", CERTAIN)) == boss
    assert _id(await house.come("s1")) == boss


async def test_who_is_made_on_the_spot_holds_nothing(house: House) -> None:
    made = await house.come("s1", "new", CREATING)
    assert isinstance(made, DirectoryObject)
    assert (made.user_principal_name, made.display_name) == (house.name("new"), "Somebody")
    assert _id(await house.come("s1")) == made.id
    found = await house.world.store.find_user(house.world.tenant, house.name("new"))
    assert found is not None
    assert found.hashes == ()
    roles = await house.world.store.effective_role_ids(house.world.tenant, made.id, NOON)
    assert roles == ()


@pytest.mark.parametrize("name", ["new@other.example", "@x", "a b@{tenant}.example", "new"])
async def test_nobody_is_made_under_a_name_that_the_tenant_cannot_give(
    house: House, name: str
) -> None:
    told = name.format(tenant=house.world.tenant)
    arrival = Arrival(house.world.tenant, Stranger(ISSUER, "s1"), told, CREATING)
    assert await admit_stranger(house.reception, arrival, NOON) is Rejection.NAME_REFUSED


async def test_of_many_first_meetings_at_once_one_makes_the_person(
    stores: tuple[Store, Store], house: House
) -> None:
    receptions = [Reception(Engine(one, RandomIds()), one) for one in stores]
    outcomes = await asyncio.gather(
        *(
            house.come("s1", "new", CREATING, reception=receptions[turn % 2])
            for turn in range(AT_ONCE)
        )
    )
    made = {one.id for one in outcomes if isinstance(one, DirectoryObject)}
    assert len(made) == 1
    assert _id(await house.come("s1")) in made


async def test_of_many_subjects_that_come_with_one_name_at_once_one_is_taken(
    stores: tuple[Store, Store], house: House
) -> None:
    ada = await house.person("ada")
    receptions = [Reception(Engine(one, RandomIds()), one) for one in stores]
    outcomes = await asyncio.gather(
        *(house.come(f"s{turn}", "ada", reception=receptions[turn % 2]) for turn in range(AT_ONCE))
    )
    let_in = [one for one in outcomes if isinstance(one, DirectoryObject)]
    assert [one.id for one in let_in] == [ada]
