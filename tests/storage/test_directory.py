"""Directory objects and roles: looked up, listed, and found by what they are called."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.storage.query_model import meets
from tests.storage.world import HOUR, NOON, READER, World, reader_role
from timebound.application.changes import PutObject, PutRole
from timebound.application.queries import (
    ELEMENT,
    And,
    AnyOf,
    Compare,
    Condition,
    Not,
    OneOf,
    Operator,
    Or,
    Query,
    TextMatch,
    TextOperator,
    Value,
)
from timebound.application.views import View
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId, RoleId
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import ScopeKind, ScopeLevel

EQ = Operator.EQ


def a_person(id_: str = "00000000-0000-0000-0000-00000000000a") -> DirectoryObject:
    return DirectoryObject(
        PrincipalId(id_),
        ObjectKind.USER,
        "Adele Vance",
        NOON,
        user_principal_name="AdeleV@Contoso.Example",
        mail="Adele@Contoso.Example",
        attributes={
            "userType": "Member",
            "mailNickname": "AdeleV",
            "businessPhones": ("1", "2"),
            "signIn": {"count": 3, "last": None, "isRecent": True},
        },
    )


async def names(world: World, view: View, condition: Condition) -> list[str]:
    page = await world.store.read_objects(world.tenant, view, Query(100, condition))
    return [found.display_name for found in page.rows]


async def test_an_object_comes_back_as_it_was_written(world: World) -> None:
    person = a_person()
    changed = replace(person, is_enabled=False, deleted_at=NOON, attributes={}, mail=None)
    for written in (person, changed):
        assert await world.write(PutObject(written))
        found = await world.store.find_objects(world.tenant, [person.id, "nobody"])
        assert found == {person.id: written}
    assert await world.store.find_objects(world.tenant, []) == {}


async def test_kinds_are_listed_apart_by_name_without_the_deleted(world: World) -> None:
    for kind in ObjectKind:
        for name in ("zoe", "Anna", "bob"):
            await world.entry(kind, f"{name} {kind.value}")
    gone = await world.user("Gone")
    await world.change(gone, deleted_at=NOON)
    for view, kind in (
        (View.USERS, ObjectKind.USER),
        (View.GROUPS, ObjectKind.GROUP),
        (View.SERVICE_PRINCIPALS, ObjectKind.SERVICE_PRINCIPAL),
        (View.ADMINISTRATIVE_UNITS, ObjectKind.ADMINISTRATIVE_UNIT),
    ):
        expected = [f"{name} {kind.value}" for name in ("Anna", "bob", "zoe")]
        assert await names(world, view, And(())) == expected


async def test_texts_are_found_in_any_casing_and_taken_literally(world: World) -> None:
    assert await world.write(PutObject(a_person()))
    await world.user("100% of_it!")
    await world.user("100x ofxit")
    await world.user("ÄRGER")
    cases: list[tuple[Condition, list[str]]] = [
        (Compare("user_principal_name", EQ, "adelev@contoso.example"), ["Adele Vance"]),
        (Compare("mail", EQ, "ADELE@CONTOSO.EXAMPLE"), ["Adele Vance"]),
        (Compare("mail_nickname", EQ, "adelev"), ["Adele Vance"]),
        (Compare("user_type", EQ, "member"), ["Adele Vance"]),
        (Compare("display_name", EQ, "ärger"), ["ÄRGER"]),
        (TextMatch("display_name", TextOperator.STARTS_WITH, "100% OF_"), ["100% of_it!"]),
        (TextMatch("display_name", TextOperator.ENDS_WITH, "it!"), ["100% of_it!"]),
        (TextMatch("display_name", TextOperator.CONTAINS, "X OFX"), ["100x ofxit"]),
        (TextMatch("display_name", TextOperator.CONTAINS, "\\"), []),
        (TextMatch("is_enabled", TextOperator.CONTAINS, "1"), []),
    ]
    for condition, expected in cases:
        assert await names(world, View.USERS, condition) == expected, condition


async def test_a_service_principal_is_found_by_any_of_its_names(world: World) -> None:
    principal = DirectoryObject(
        PrincipalId("cccccccc-0000-0000-0000-00000000000c"),
        ObjectKind.SERVICE_PRINCIPAL,
        "Client",
        NOON,
        app_id=ApplicationId("aaaaaaaa-0000-0000-0000-00000000000a"),
        attributes={"servicePrincipalNames": ("https://Client.Example", "api://client")},
    )
    assert await world.write(PutObject(principal))
    assert await world.write(PutObject(principal)), "putting it again changes nothing"
    view = View.SERVICE_PRINCIPALS

    def called(name: str) -> Condition:
        return AnyOf("names", Compare(ELEMENT, EQ, name))

    assert await names(world, view, called("HTTPS://client.example")) == ["Client"]
    assert await names(world, view, called("other")) == []
    assert await names(world, view, Not(called("other"))) == ["Client"]
    assert await names(world, view, Compare("app_id", EQ, principal.app_id)) == ["Client"]
    renamed = replace(principal, attributes={"servicePrincipalNames": ("other",)})
    assert await world.write(PutObject(renamed))
    assert await names(world, view, called("api://client")) == []
    assert await names(world, view, called("other")) == ["Client"]


async def test_a_role_comes_back_as_it_was_written(world: World) -> None:
    role = replace(
        reader_role(RoleId("custom")).role,
        is_built_in=False,
        is_privileged=True,
        is_enabled=False,
        needs_strong_activation=True,
        levels=frozenset({ScopeLevel.TENANT}),
    )
    written = RoleDefinition(role, "Text", "t", "2", ("a", "b"), ("/", "/x"), (READER,))
    assert await world.write(PutRole(written))
    assert await world.store.find_roles(world.tenant, [role.id]) == {role.id: written}


async def test_only_the_directorys_roles_are_listed(world: World) -> None:
    assert await world.write(PutRole(reader_role(RoleId("azure"), ScopeKind.AZURE)))
    page = await world.store.read_roles(world.tenant, Query(10, is_counted=True))
    assert (page.rows, page.total, page.next_position) == ((reader_role(),), 1, None)


_PEOPLE = [
    DirectoryObject(
        PrincipalId(f"p{number}"),
        ObjectKind.USER,
        name,
        NOON + number * HOUR,
        is_enabled=number % 2 == 0,
        mail=mail,
    )
    for number, name, mail in zip(
        count(),
        ["anna", "Bob", "bob", "ann", "b%b"],
        ["a@x", None, "b@x", None, "A@X"],
        strict=False,
    )
]
_TEXTS = st.sampled_from(["anna", "BOB", "a", "%", "a@x", "", "p1"])
_FIELDS: dict[str, st.SearchStrategy[Value]] = {
    "id": _TEXTS,
    "display_name": _TEXTS,
    "mail": _TEXTS,
    "is_enabled": st.booleans(),
    "created_at": st.integers(-1, 5).map(lambda n: NOON + timedelta(hours=n)),
}


def _leaves() -> st.SearchStrategy[Condition]:
    compared = st.sampled_from(sorted(_FIELDS)).flatmap(
        lambda name: st.builds(Compare, st.just(name), st.sampled_from(Operator), _FIELDS[name])
    )
    emptiness = st.builds(
        Compare,
        st.just("mail"),
        st.sampled_from([Operator.EQ, Operator.NE]),
        st.none(),
    )
    one_of = st.builds(
        OneOf,
        st.sampled_from(["display_name", "mail"]),
        st.lists(_TEXTS | st.none(), max_size=3).map(tuple),
    )
    matched = st.builds(
        TextMatch,
        st.sampled_from(["display_name", "mail"]),
        st.sampled_from(TextOperator),
        _TEXTS,
    )
    return compared | emptiness | one_of | matched


_CONDITIONS = st.recursive(
    _leaves(),
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=6,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(condition=_CONDITIONS)
async def test_every_condition_is_met_by_whom_it_says(world: World, condition: Condition) -> None:
    if not await world.store.find_objects(world.tenant, ["p0"]):
        assert await world.write(*(PutObject(person) for person in _PEOPLE))
    query = Query(100, condition, is_counted=True)
    page = await world.store.read_objects(world.tenant, View.USERS, query)
    expected = {person.id for person in _PEOPLE if meets(condition, person)}
    assert {person.id for person in page.rows} == expected
    assert page.total == len(expected)
