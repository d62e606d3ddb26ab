"""What the authorization server finds: tenants, applications, people, and their hashes."""

from tests.storage.world import CLIENT, NOON, World
from timebound.application.changes import PutObject, PutSecret, PutTenant
from timebound.application.ports import TenantRecord
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.settings import TenantSettings


async def test_a_tenant_is_found_by_id_and_domain_in_any_casing(world: World) -> None:
    domains = (f"Main.{world.tenant}", f"other.{world.tenant}", f"A.{world.tenant}")
    assert await world.write(PutTenant("Contoso", domains, TenantSettings()))
    expected = TenantRecord(world.tenant, "Contoso", tuple(d.lower() for d in domains))
    for name in (world.tenant.upper(), domains[0], domains[2].upper()):
        assert await world.store.find_tenant(name) == expected
    assert await world.store.find_tenant("nowhere.example") is None


async def test_domains_are_replaced_and_may_be_none(world: World) -> None:
    assert await world.write(PutTenant("Contoso", (), TenantSettings()))
    expected = TenantRecord(world.tenant, "Contoso", ())
    assert await world.store.find_tenant(world.tenant) == expected
    assert await world.store.find_tenant(f"{world.tenant}.example") is None


async def test_a_domain_belongs_to_one_tenant(world: World) -> None:
    other = World(world.store)
    taken = PutTenant("Fabrikam", (f"{world.tenant}.EXAMPLE",), TenantSettings())
    assert not await other.write(taken)
    assert await world.store.find_tenant(other.tenant) is None


async def a_principal(world: World, kind: ObjectKind, **changes: object) -> PrincipalId:
    id_ = await world.entry(kind, kind.value)
    await world.change(id_, **changes)
    return id_


async def test_an_application_has_the_secrets_of_both_its_objects(world: World) -> None:
    app_id = ApplicationId(CLIENT)
    principal = await a_principal(world, ObjectKind.SERVICE_PRINCIPAL, app_id=app_id)
    registration = await a_principal(world, ObjectKind.APPLICATION, app_id=app_id)
    await a_principal(world, ObjectKind.SERVICE_PRINCIPAL, app_id="another")
    for owner, text in ((principal, "one"), (registration, "two"), (registration, "three")):
        assert await world.write(PutSecret(owner, "clientSecret", text))
    found = await world.store.find_application(world.tenant, ApplicationId(CLIENT.upper()), NOON)
    assert found is not None
    assert (found.owner.id, sorted(found.hashes)) == (principal, ["one", "three", "two"])
    await world.change(principal, deleted_at=NOON)
    assert await world.store.find_application(world.tenant, app_id, NOON) is None


async def test_a_person_has_one_password(world: World) -> None:
    name = "Adele@Contoso.Example"
    person = await a_principal(world, ObjectKind.USER, user_principal_name=name)
    for text in ("old", "new"):
        assert await world.write(PutSecret(person, "password", text))
    found = await world.store.find_user(world.tenant, name.lower())
    assert found is not None
    assert (found.owner.id, found.hashes) == (person, ("new",))
    assert await world.store.find_user(world.tenant, "nobody@contoso.example") is None
    assert await world.store.find_user(TenantId("other"), name) is None


async def test_a_disabled_person_is_found_and_told_as_disabled(world: World) -> None:
    name = "adele@contoso.example"
    await a_principal(world, ObjectKind.USER, user_principal_name=name, is_enabled=False)
    found = await world.store.find_user(world.tenant, name)
    assert found is not None
    assert (found.owner.is_enabled, found.hashes) == (False, ())


async def test_what_is_put_together_is_written_in_an_order_that_holds(world: World) -> None:
    made = DirectoryObject(PrincipalId("late"), ObjectKind.USER, "Late", NOON)
    assert await world.write(PutSecret(made.id, "password", "hash"), PutObject(made))
