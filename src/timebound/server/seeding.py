"""From a seed to the change set that makes its tenant."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from timebound.application.catalog import BuiltInRole, built_in_roles, provider_roles
from timebound.application.certificates import describe_key, read_pem_certificate
from timebound.application.changes import (
    AddUnitMember,
    ChangeSet,
    GrantPermission,
    InsertGrant,
    PutObject,
    PutRole,
    PutSecret,
    PutTenant,
    Write,
)
from timebound.application.engine import Engine, Teller
from timebound.application.recording import write_grant
from timebound.domain.directory import DirectoryObject, ObjectKind, complete_object
from timebound.domain.events import Actor, Event, EventKind, Fact
from timebound.domain.first_party import AZURE_PERMISSION, GRAPH_APP_ID, make_graph_account
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId
from timebound.domain.program_keys import KEYS
from timebound.domain.roles import MEMBER, OWNER, Role, RoleDefinition
from timebound.domain.scopes import ScopeKind, group_scope
from timebound.domain.times import ENDLESS, Instant, Window
from timebound.server.seed_format import (
    ApplicationKind,
    ApplicationSeed,
    GroupSeed,
    HoldingSeed,
    Seed,
    UserSeed,
)
from timebound.server.seed_ids import SeedIds, collect_ids
from timebound.server.seed_policies import write_policies
from timebound.server.seed_shapes import AZURE_NAME
from timebound.server.seed_tree import write_tree

PASSWORD_KIND = "password"  # noqa: S105 - the name of a kind of secret
CLIENT_SECRET_KIND = "clientSecret"  # noqa: S105 - the name of a kind of secret


def has_secrets(seed: Seed) -> bool:
    """Whether anything secret is written in the seed in the clear."""
    return any(user.password for user in seed.users) or any(
        application.client_secret for application in seed.applications
    )


def write_seed(
    seed: Seed, engine: Engine, hash_secret: Callable[[str], str], at: Instant
) -> ChangeSet:
    """The one change set that makes the whole tenant as it is at `at`."""
    ids = collect_ids(seed)
    teller = Teller(engine, Actor(), ids.derive("seeding"), at)
    # Word of what was there from the start has arrived, however long it takes.
    held = tuple(_holdings(seed, ids, at, at - seed.settings.propagation_delay))
    writes: list[Write] = [
        PutTenant(seed.tenant.display_name, seed.tenant.domains, seed.settings),
        *_roles(seed, ids),
        *(PutObject(one) for one in _objects(seed, ids, at)),
        *_secrets(seed, ids, hash_secret),
        *_permissions(seed, ids),
        *_unit_members(seed, ids),
        *write_tree(seed, at),
        *write_policies(seed, ids),
        *(InsertGrant(held.grant) for held in held),
    ]
    return ChangeSet(
        tenant_id=ids.tenant_id,
        recorded_at=at,
        expects={},
        bumps=frozenset(),
        writes=tuple(writes),
        events=_events(seed, ids, held, teller),
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """A grant that is there from the start, and why."""

    grant: Grant
    justification: str | None = None


def _events(seed: Seed, ids: SeedIds, held: Iterable[_Held], teller: Teller) -> tuple[Event, ...]:
    name = seed.tenant.display_name
    events = [teller.tell(EventKind.TENANT_SEEDED, ids.tenant_id, {"displayName": name})]
    for one in held:
        _, told = write_grant(one.grant, teller)
        justified = {"justification": one.justification}
        events += [replace(event, data={**event.data, **justified}) for event in told]
    return tuple(events)


def _roles(seed: Seed, ids: SeedIds) -> Iterator[PutRole]:
    yield from (PutRole(definition) for definition in define_built_in_roles())
    for custom in seed.role_definitions:
        role_id = ids.roles[custom.display_name]
        role = Role(role_id, ScopeKind.DIRECTORY, custom.display_name, is_built_in=False)
        yield PutRole(
            RoleDefinition(
                role, custom.description or "", role_id, version=None, actions=custom.actions
            )
        )


def define_built_in_roles() -> Iterator[RoleDefinition]:
    """The roles that every tenant has: of the directory and of the other providers."""
    yield from (_define(role) for role in built_in_roles().values())
    yield from (role.define() for role in provider_roles())


def _define(role: BuiltInRole) -> RoleDefinition:
    return RoleDefinition(
        role=role.as_role(),
        description=role.description,
        template_id=role.template_id,
        actions=role.actions,
        inherits_from=role.inherits_from,
    )


def _objects(seed: Seed, ids: SeedIds, at: Instant) -> Iterator[DirectoryObject]:
    yield from (complete_object(_user(one, ids, at)) for one in seed.users)
    yield from (complete_object(_group(one, ids, at)) for one in seed.groups)
    for unit in seed.administrative_units:
        yield DirectoryObject(
            id=ids.units[unit.display_name],
            kind=ObjectKind.ADMINISTRATIVE_UNIT,
            display_name=unit.display_name,
            created_at=at,
            attributes={"description": unit.description},
        )
    for application in seed.applications:
        yield from _application(application, ids, at)
    if all(ids.app_id(application) != GRAPH_APP_ID for application in seed.applications):
        yield make_graph_account(PrincipalId(ids.derive("first party", GRAPH_APP_ID)), at)


def _user(user: UserSeed, ids: SeedIds, at: Instant) -> DirectoryObject:
    name = user.user_principal_name
    given, _, surname = user.display_name.partition(" ")
    return DirectoryObject(
        id=ids.principals[name],
        kind=ObjectKind.USER,
        display_name=user.display_name,
        created_at=at,
        is_enabled=user.account_enabled,
        user_principal_name=name,
        mail=user.mail or name,
        attributes={
            "givenName": given,
            "surname": surname or None,
            "jobTitle": user.job_title,
            "department": user.department,
            "mailNickname": name.partition("@")[0],
            "userType": "Member",
        },
    )


def _group(group: GroupSeed, ids: SeedIds, at: Instant) -> DirectoryObject:
    nickname = "".join(letter for letter in group.display_name.lower() if letter.isalnum())
    return DirectoryObject(
        id=ids.principals[group.display_name],
        kind=ObjectKind.GROUP,
        display_name=group.display_name,
        created_at=at,
        is_role_assignable=group.is_assignable_to_role,
        attributes={
            "description": group.description,
            "mailNickname": nickname or "group",
            "groupTypes": (),
            "mailEnabled": False,
            "securityEnabled": True,
        },
    )


def _application(
    application: ApplicationSeed, ids: SeedIds, at: Instant
) -> Iterator[DirectoryObject]:
    app_id, name = ids.app_id(application), application.display_name
    is_public = application.kind is ApplicationKind.PUBLIC
    keys: dict[str, Fact] = {KEYS: tuple(_keys(application, ids))}
    common: dict[str, Fact] = {
        "signInAudience": "AzureADMyOrg",
        "isFallbackPublicClient": is_public,
    }
    uris = application.redirect_uris
    platform: dict[str, Fact] = {application.kind.platform: {"redirectUris": uris}} if uris else {}
    yield DirectoryObject(
        id=PrincipalId(ids.derive("application", name)),
        kind=ObjectKind.APPLICATION,
        display_name=name,
        created_at=at,
        app_id=app_id,
        attributes={**common, **keys, **platform},
    )
    yield DirectoryObject(
        id=ids.principals[name],
        kind=ObjectKind.SERVICE_PRINCIPAL,
        display_name=name,
        created_at=at,
        app_id=app_id,
        attributes={
            **common,
            "servicePrincipalNames": (app_id,),
            "servicePrincipalType": "Application",
            "appOwnerOrganizationId": ids.tenant_id,
            "replyUrls": uris,
        },
    )


def _keys(application: ApplicationSeed, ids: SeedIds) -> Iterator[Fact]:
    for text in application.certificates:
        certificate = read_pem_certificate(text)
        if certificate is not None:
            digest = certificate.sha256.hex()
            key_id = ids.derive("certificate", application.display_name, digest)
            yield describe_key(certificate, key_id)


def _secrets(seed: Seed, ids: SeedIds, hash_secret: Callable[[str], str]) -> Iterator[PutSecret]:
    for user in seed.users:
        if user.password is not None:
            owner_id = ids.principals[user.user_principal_name]
            yield PutSecret(owner_id, PASSWORD_KIND, hash_secret(user.password))
    for application in seed.applications:
        if application.client_secret is not None:
            owner_id = ids.principals[application.display_name]
            yield PutSecret(owner_id, CLIENT_SECRET_KIND, hash_secret(application.client_secret))


def _permissions(seed: Seed, ids: SeedIds) -> Iterator[GrantPermission]:
    for application in seed.applications:
        app_id = ids.app_id(application)
        for name in application.permissions.application:
            yield GrantPermission(app_id, name, is_delegated=False)
        for name in application.permissions.delegated:
            kept = AZURE_PERMISSION if name == AZURE_NAME else name
            yield GrantPermission(app_id, kept, is_delegated=True)


def _unit_members(seed: Seed, ids: SeedIds) -> Iterator[AddUnitMember]:
    for unit in seed.administrative_units:
        for name in unit.members:
            yield AddUnitMember(ids.units[unit.display_name], ids.principals[name])


def _holdings(seed: Seed, ids: SeedIds, at: Instant, since: Instant) -> Iterator[_Held]:
    for group in seed.groups:
        scope = group_scope(ids.principals[group.display_name])
        for role_id, names in ((MEMBER, group.members), (OWNER, group.owners)):
            for name in names:
                slot = Slot(ids.principals[name], role_id, scope)
                window = Window(since, ENDLESS)
                yield _Held(_grant(ids, slot, GrantKind.ASSIGNED, window, since, "standing"))
    for kind, holdings in (
        (GrantKind.ASSIGNED, seed.assignments),
        (GrantKind.ELIGIBLE, seed.eligibilities),
    ):
        for holding in holdings:
            slot, window = _slot(ids, holding), holding.window(at)
            if window.start == at:
                window = Window(since, window.end)
            yield _Held(_grant(ids, slot, kind, window, since), holding.justification)


def _slot(ids: SeedIds, holding: HoldingSeed) -> Slot:
    return Slot(ids.principals[holding.principal], ids.role_of(holding), ids.scope_of(holding))


def _grant(
    ids: SeedIds, slot: Slot, kind: GrantKind, window: Window, at: Instant, *marks: str
) -> Grant:
    scope = slot.scope
    place = (slot.principal_id, slot.role_id, scope.kind.value, scope.path)
    return Grant(
        id=GrantId(ids.derive("grant", kind.value, *place, *marks)),
        slot=slot,
        kind=kind,
        window=window,
        created_at=at,
    )
