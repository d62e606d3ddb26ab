"""Policies of Azure roles as they are kept: where they bind, what they refuse, who is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pytest

from tests.domain.deciding import told
from tests.storage.racing import RandomIds
from tests.storage.world import CLIENT, HOUR, NOON, World, azure
from tests.support.policy_changes import set_rules
from tests.support.sealing import make_sealer, read_logged
from timebound.application.auditing import AuditTrail
from timebound.application.azure_approvals import (
    admit_to_azure_approvals,
    find_azure_approval,
    find_waiting,
    read_azure_approvals,
)
from timebound.application.azure_reading import Admitted, AzureQuestion
from timebound.application.changes import InsertRequest, PutRole
from timebound.application.engine import Engine
from timebound.application.plain_assignments import assign_role
from timebound.application.policies import PolicyChange, change_policy_at
from timebound.application.policy_names import find_role, policy_guid
from timebound.application.policy_reading import find_place, read_policies, read_policy
from timebound.application.queries import Order, Query
from timebound.application.reading import Reader
from timebound.application.views import Reach, Relation
from timebound.domain.approvals import Approval, Approvers
from timebound.domain.authority import Token
from timebound.domain.azure.definitions import AzureDefinition
from timebound.domain.azure.permissions import Permission
from timebound.domain.azure.places import MANAGEMENT_GROUPS
from timebound.domain.decide import Refused
from timebound.domain.events import EventKind
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RequestId, RoleId
from timebound.domain.policies import PimOnlyModeRule, Policy, Rule, default_policy
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.policies.members import RuleMember
from timebound.domain.policies.pim_only_mode import ExcludedAssignments, PimOnlyMode
from timebound.domain.policy_changes import Manner
from timebound.domain.policy_places import Modified, PolicyPlace, StoredPolicy
from timebound.domain.principals import PrincipalKind
from timebound.domain.requests import Action, Author, Draft, Request, RequestKind, Status
from timebound.domain.roles import AZURE_OWNER, Role, RoleDefinition
from timebound.domain.scopes import DIRECTORY_ROOT, ScopeKind

READER: Final = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
CUSTOM: Final = RoleId("cccccccc-0000-4000-8000-000000000001")
CIRCLE: Final = f"{MANAGEMENT_GROUPS}/Circle"
SUBSCRIPTION: Final = "/subscriptions/00000000-0000-0000-0000-00000000000a"
OTHER: Final = "/subscriptions/00000000-0000-0000-0000-00000000000b"
WEB: Final = f"{SUBSCRIPTION}/resourceGroups/Web"
SHORT: Final = ExpirationRule(is_required=True, maximum=HOUR)
BUILT_IN: Final = Role(READER, ScopeKind.AZURE, "Reader")


@dataclass
class Cloud:
    """A management group over two subscriptions, and somebody who owns the first."""

    world: World
    owner: PrincipalId

    def token(self, who: PrincipalId | None = None) -> Token:
        """A token that lets a program act for somebody in Azure."""
        return Token(self.world.tenant, who or self.owner, CLIENT, frozenset({AZURE_PERMISSION}))

    def reader(self, who: PrincipalId | None = None) -> Reader:
        """Somebody who asks at noon."""
        return Reader(self.world.store, self.token(who), NOON)

    @property
    def engine(self) -> Engine:
        """What changes are made with."""
        return Engine(self.world.store, RandomIds())

    async def change(
        self, change: PolicyChange, path: str = SUBSCRIPTION, who: PrincipalId | None = None
    ) -> StoredPolicy | Refused:
        """A change of the policy of readers."""
        place = PolicyPlace(azure(path), READER)
        return await change_policy_at(self.engine, self.token(who), place, change, NOON)

    async def read(self, path: str = SUBSCRIPTION, role: RoleId = READER) -> StoredPolicy:
        """The policy of a role at a place."""
        found = await read_policy(self.reader(), PolicyPlace(azure(path), role))
        assert isinstance(found, StoredPolicy), found
        return found


@pytest.fixture
async def cloud(world: World) -> Cloud:
    await world.permit(AZURE_PERMISSION)
    for path, parent in (
        (CIRCLE, "/"),
        (SUBSCRIPTION, CIRCLE),
        (OTHER, CIRCLE),
        (WEB, SUBSCRIPTION),
    ):
        await world.node(path, parent)
    owner = await world.user("Owner")
    await world.grant(Slot(owner, AZURE_OWNER, azure(SUBSCRIPTION)))
    return Cloud(world, owner)


def refusals(answer: object) -> list[str]:
    assert isinstance(answer, Refused)
    return [told(one) for one in answer.problems]


def changed(**rules: Rule) -> Policy:
    return Policy({**default_policy(BUILT_IN).rules, **rules})


@pytest.mark.documented("ENTRA/pim-resource-roles-configure-role-settings: not inherited")
async def test_a_policy_binds_its_place_alone(cloud: Cloud) -> None:
    stored = await cloud.change(set_rules(Expiration_EndUser_Assignment=SHORT))
    policy = changed(Expiration_EndUser_Assignment=SHORT)
    here = PolicyPlace(azure(SUBSCRIPTION), READER)
    assert stored == StoredPolicy(here, policy, Modified(NOON, cloud.owner, "Owner"))
    assert await cloud.read() == stored
    below = await cloud.read(WEB)
    assert below == StoredPolicy(PolicyPlace(azure(WEB), READER), default_policy(BUILT_IN))
    found = {}
    for path in (SUBSCRIPTION, WEB):
        loaded = await cloud.world.facts(Slot(cloud.owner, READER, azure(path)))
        found[path] = loaded.facts.policy
    assert found == {SUBSCRIPTION: policy, WEB: default_policy(BUILT_IN)}


@pytest.mark.inferred("what a rule says is read back as it was written")
async def test_members_and_modes_are_kept(cloud: Cloud) -> None:
    one = RuleMember(cloud.owner, PrincipalKind.SERVICE_PRINCIPAL, "Zoë", is_backup=True)
    types = tuple(ExcludedAssignments)
    rules: dict[str, Rule] = {
        "PIMOnlyMode_Admin_Assignment": PimOnlyModeRule(PimOnlyMode.REPORT_ONLY, (one,), types),
        "Expiration_Admin_Assignment": replace(SHORT, exceptions=(one,)),
    }
    await cloud.change(set_rules(Manner.WHOLE, **rules))
    assert (await cloud.read()).policy == changed(**rules)


@pytest.mark.documented("PIMOnlyModeSettings: mode")
@pytest.mark.parametrize("mode", PimOnlyMode)
async def test_roles_are_left_to_requests(cloud: Cloud, mode: PimOnlyMode) -> None:
    await cloud.change(set_rules(PIMOnlyMode_Admin_Assignment=PimOnlyModeRule(mode)))
    person = await cloud.world.user()
    for path in (SUBSCRIPTION, WEB):
        slot = Slot(person, READER, azure(path))
        made = await assign_role(cloud.engine, cloud.token(), slot, NOON)
        is_refused = mode is PimOnlyMode.ENABLED and path == SUBSCRIPTION
        assert isinstance(made, Refused) is is_refused
        if is_refused:
            assert refusals(made) == ["PimOnlyModeRule/outsidePim"]
    trail = AuditTrail(cloud.world.store, make_sealer(cloud.world))
    await trail.catch_up(cloud.world.tenant, NOON)
    events = [one.event for one in await read_logged(cloud.world)]
    made_here = [
        one.data.get("isLeftToRequests")
        for one in events
        if one.kind is EventKind.GRANT_MADE and one.data["scope"] == SUBSCRIPTION
    ]
    assert (
        made_here
        == {
            PimOnlyMode.DISABLED: [None],
            PimOnlyMode.REPORT_ONLY: [True],
            PimOnlyMode.ENABLED: [],
        }[mode]
    )


@pytest.mark.inferred("names are derived: from the place in any casing, and from the role")
async def test_names_lead_back_to_roles(cloud: Cloud) -> None:
    await cloud.world.write(PutRole(custom(CIRCLE)))
    for path, role in ((SUBSCRIPTION, READER), (WEB, READER), (WEB, CUSTOM)):
        guid = policy_guid(PolicyPlace(azure(path), role))
        for spelled in (path, path.upper()):
            place = await find_place(cloud.reader(), azure(spelled), guid.upper())
            assert place is not None
            assert place.role_id == role
        assert await find_place(cloud.reader(), azure(OTHER), guid) is None
    assert find_role(azure(WEB), policy_guid(PolicyPlace(azure(WEB), CUSTOM))) is None


def custom(*places: str) -> RoleDefinition:
    """A custom role that is meant for some places."""
    role = Role(CUSTOM, ScopeKind.AZURE, "Keeper", is_built_in=False)
    allowed = AzureDefinition((Permission(("*/read",)),))
    return RoleDefinition(role, "", CUSTOM, resource_scopes=places, azure=allowed)


@pytest.mark.documented("role definitions: assignableScopes; a role is held where it can be")
@pytest.mark.parametrize(
    ("meant", "expected"),
    [
        ((CIRCLE,), [SUBSCRIPTION, WEB]),
        ((SUBSCRIPTION,), [SUBSCRIPTION, WEB]),
        ((WEB,), [WEB]),
        ((OTHER,), []),
        (("/",), [SUBSCRIPTION, WEB]),
        ((OTHER, WEB), [WEB]),
    ],
)
async def test_custom_roles_have_policies_where_they_can_be_held(
    cloud: Cloud, meant: tuple[str, ...], expected: list[str]
) -> None:
    await cloud.world.write(PutRole(custom(*meant)))
    there = []
    for path in (SUBSCRIPTION, WEB):
        one = await read_policies(cloud.reader(), azure(path), CUSTOM)
        everything = await read_policies(cloud.reader(), azure(path))
        assert not isinstance(one, Refused)
        assert not isinstance(everything, Refused)
        assert (CUSTOM in {found.place.role_id for found in everything}) is bool(one)
        there += [path] * len(one)
    assert there == expected


@pytest.mark.documented("behaviour book 6: by the actions of roles at the place, or above it")
async def test_who_may_look_and_change(cloud: Cloud) -> None:
    looker = await cloud.world.user()
    await cloud.world.grant(Slot(looker, READER, azure(CIRCLE)))
    stranger = await cloud.world.user()
    change = set_rules(Expiration_EndUser_Assignment=SHORT)
    assert not isinstance(await read_policies(cloud.reader(looker), azure(WEB)), Refused)
    assert refusals(await cloud.change(change, who=looker)) == ["actionNotAllowed"]
    for path in (SUBSCRIPTION, OTHER, f"{SUBSCRIPTION}/resourceGroups/None"):
        refused = await read_policies(cloud.reader(stranger), azure(path))
        assert refusals(refused) == ["actionNotAllowed"]
        assert refusals(await cloud.change(change, path, stranger)) == ["actionNotAllowed"]
    absent = azure(f"{SUBSCRIPTION}/resourceGroups/None")
    assert refusals(await read_policies(cloud.reader(), absent)) == ["scopeNotFound"]


async def ask(cloud: Cloud, who: PrincipalId, path: str, *approvers: PrincipalId) -> RequestId:
    """An activation that waits for somebody."""
    id_ = RequestId(cloud.world.new_id("e"))
    draft = Draft(RequestKind.ASSIGNMENT, Action.SELF_ACTIVATE, Slot(who, READER, azure(path)))
    request = Request(
        id_,
        draft,
        Author(who, None),
        Status.PENDING_APPROVAL,
        NOON,
        approval=Approval(Approvers(users=approvers)),
    )
    assert await cloud.world.write(InsertRequest(request, default_policy(BUILT_IN)))
    return id_


async def seen(
    cloud: Cloud, who: PrincipalId, path: str, relation: Relation = Relation.ANYBODY
) -> Sequence[RequestId]:
    """The approvals around a place that somebody is told of."""
    query = Query(10, orders=(Order("created_at"), Order("id")))
    question = AzureQuestion(azure(path), Reach.AROUND, relation)
    admitted = await admit_to_azure_approvals(cloud.reader(who), question, query)
    assert isinstance(admitted, Admitted)
    page = await read_azure_approvals(cloud.reader(who), admitted, query)
    return [row.request.id for row in page.rows]


@pytest.mark.inferred("notes 5: around a place; who may not see all sees what they are to decide")
async def test_approvals_around_places(cloud: Cloud) -> None:
    person, approver, stranger = [await cloud.world.user() for _ in range(3)]
    here = await ask(cloud, person, SUBSCRIPTION, approver)
    below = await ask(cloud, person, WEB, cloud.owner)
    beside = await ask(cloud, person, OTHER, approver)
    found: Mapping[str, Sequence[RequestId]] = {
        path: await seen(cloud, approver, path) for path in ("/", CIRCLE, SUBSCRIPTION, WEB, OTHER)
    }
    assert found == {
        "/": [here, beside],
        CIRCLE: [here, beside],
        SUBSCRIPTION: [here],
        WEB: [here],
        OTHER: [beside],
    }
    assert await seen(cloud, cloud.owner, SUBSCRIPTION) == [here, below]
    assert await seen(cloud, cloud.owner, "/") == [below]
    assert await seen(cloud, stranger, "/") == []
    assert await seen(cloud, person, "/", Relation.PRINCIPAL) == [here, below, beside]
    rows = [await find_azure_approval(cloud.reader(stranger), azure("/"), here)]
    assert rows == [None]
    own = await find_azure_approval(cloud.reader(person), azure("/"), here)
    assert own is not None
    assert await find_azure_approval(cloud.reader(), azure(SUBSCRIPTION), beside) is None
    for path, is_there in (("/", True), (CIRCLE, True), (WEB, True), (OTHER, False)):
        one = await find_azure_approval(cloud.reader(approver), azure(path), here)
        waiting = await find_waiting(cloud.engine, cloud.reader(approver), azure(path), here)
        assert ((one is not None), (waiting is not None)) == (is_there, is_there)


@pytest.mark.inferred("a request about the directory is none about Azure")
async def test_other_requests_are_not_meant(cloud: Cloud) -> None:
    root = azure("/")
    person = await cloud.world.user()
    found = []
    for scope in (root, DIRECTORY_ROOT):
        id_ = RequestId(cloud.world.new_id("e"))
        draft = Draft(RequestKind.ASSIGNMENT, Action.SELF_ACTIVATE, Slot(person, READER, scope))
        request = Request(id_, draft, Author(person, None), Status.PENDING_APPROVAL, NOON)
        await cloud.world.write(InsertRequest(request, default_policy(BUILT_IN)))
        found.append(await find_waiting(cloud.engine, cloud.reader(), root, id_))
    assert [one is not None for one in found] == [True, False]
    assert await find_waiting(cloud.engine, cloud.reader(), root, RequestId("nothing")) is None
