"""Questions: who may ask which, and that a refused one never reaches the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from tests.domain.deciding import told
from tests.support.builders import (
    BOSS,
    NOON,
    PERSON,
    make_application,
    make_boss,
    make_caller,
    make_object,
)
from timebound.application.ports import ReadingStore
from timebound.application.queries import Query
from timebound.application.reading import Reader
from timebound.application.views import Audience, Relation, View
from timebound.domain.authority import Caller, Token
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import TenantId
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant

GRANTS = (
    View.ELIGIBILITY_INSTANCES,
    View.ELIGIBILITY_SCHEDULES,
    View.ASSIGNMENT_INSTANCES,
    View.ASSIGNMENT_SCHEDULES,
)
REQUESTS = (View.ELIGIBILITY_REQUESTS, View.ASSIGNMENT_REQUESTS)
OWN = [relation for relation in Relation if relation is not Relation.ANYBODY]
READ = ("RoleManagement.Read.Directory",)
EVERYTHING = Query(limit=10)


@dataclass
class Shelf:
    """Answers nothing, and remembers for whom it was asked."""

    caller: Caller
    objects: Mapping[str, DirectoryObject] = field(default_factory=dict)
    asked: list[Audience] = field(default_factory=list)

    async def load_caller(self, token: Token, at: Instant) -> Caller:
        assert (token, at) == (self.caller.token, NOON)
        return self.caller

    async def read_grants(
        self, view: View, audience: Audience, query: Query, at: Instant
    ) -> tuple[()]:
        assert (view in GRANTS, query, at) == (True, EVERYTHING, NOON)
        self.asked.append(audience)
        return ()

    async def read_requests(
        self, view: View, audience: Audience, query: Query, at: Instant
    ) -> tuple[()]:
        assert (view in REQUESTS, query, at) == (True, EVERYTHING, NOON)
        self.asked.append(audience)
        return ()

    async def find_objects(
        self, tenant_id: TenantId, ids: Sequence[str]
    ) -> Mapping[str, DirectoryObject]:
        assert tenant_id == self.caller.token.tenant_id
        return {id_: self.objects[id_] for id_ in ids if id_ in self.objects}


def reader_of(shelf: Shelf) -> Reader:
    return Reader(cast("ReadingStore", shelf), shelf.caller.token, NOON)


async def read(shelf: Shelf, view: View, relation: Relation) -> object:
    reader = reader_of(shelf)
    if view in GRANTS:
        return await reader.read_grants(view, relation, EVERYTHING)
    return await reader.read_requests(view, relation, EVERYTHING)


def refusal(answer: object) -> list[str]:
    assert isinstance(answer, Refused)
    return [told(p) for p in answer.problems]


@pytest.mark.documented("rbac-pim-entra-roles-apis.md")
@pytest.mark.parametrize("view", [*GRANTS, *REQUESTS])
async def test_what_everybody_holds_is_read_with_a_role(view: View) -> None:
    shelf = Shelf(make_boss())
    assert await read(shelf, view, Relation.ANYBODY) == ()
    tenant_id = shelf.caller.token.tenant_id
    assert shelf.asked == [Audience(tenant_id, Relation.ANYBODY, None, ScopeKind.DIRECTORY)]


@pytest.mark.documented("rbac-pim-entra-roles-apis.md; GDOC filterByCurrentUser")
@pytest.mark.parametrize("view", [*GRANTS, *REQUESTS])
@pytest.mark.parametrize(
    ("caller", "relations", "expected"),
    [
        (make_caller(permissions=READ), [Relation.ANYBODY], "accessDenied"),
        (make_caller(BOSS, permissions=()), [*Relation], "permissionMissing"),
        (make_caller(is_enabled=False), [*Relation], "callerNotAdmitted"),
        (make_application(READ), OWN, "accessDenied"),
    ],
    ids=["no role", "no scope", "disabled", "application"],
)
async def test_what_is_refused_never_reaches_the_store(
    view: View, caller: Caller, relations: list[Relation], expected: str
) -> None:
    shelf = Shelf(caller)
    for relation in relations:
        assert refusal(await read(shelf, view, relation)) == [expected]
    assert shelf.asked == []


@pytest.mark.documented("GDOC filterByCurrentUser: no role is needed for what is one's own")
@pytest.mark.parametrize("view", [*GRANTS, *REQUESTS])
@pytest.mark.parametrize("relation", OWN)
async def test_ones_own_is_read_for_oneself_alone(view: View, relation: Relation) -> None:
    shelf = Shelf(make_caller(permissions=READ))
    assert await read(shelf, view, relation) == ()
    assert [a.principal_id for a in shelf.asked] == [PERSON]
    assert [a.relation for a in shelf.asked] == [relation]


@pytest.mark.documented("GDOC user-get: /me is the signed-in person")
async def test_me() -> None:
    alice = make_object()
    me = make_caller(permissions=("User.Read",))
    assert await reader_of(Shelf(me, {PERSON: alice})).read_me() == alice
    assert refusal(await reader_of(Shelf(me)).read_me()) == ["principalNotFound"]
    nobody = await reader_of(Shelf(make_application(("User.Read.All",)))).read_me()
    assert refusal(nobody) == ["accessDenied"]
