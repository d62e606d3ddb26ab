"""What stands in the documents of objects, and the words of their names, asked of either store."""

from dataclasses import replace
from typing import Any

import pytest

from tests.storage.test_directory import a_person
from tests.storage.world import World
from timebound.application.attributes import DESCRIPTION_WORDS, DISPLAY_NAME_WORDS, SKU
from timebound.application.changes import PutObject
from timebound.application.queries import (
    ALWAYS,
    ELEMENT,
    And,
    AnyOf,
    Compare,
    Condition,
    Not,
    Operator,
    Or,
    Query,
    TextMatch,
    TextOperator,
)
from timebound.application.views import View
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import PrincipalId

EQ, NE, GE = Operator.EQ, Operator.NE, Operator.GE
STARTS, ENDS = TextOperator.STARTS_WITH, TextOperator.ENDS_WITH
SKU_ID = "184efa21-98c3-4e5d-95ab-d07053a96e67"
PEOPLE: dict[str, dict[str, Any]] = {
    "Adele Vance": {"department": "IT", "city": "Köln", "isResourceAccount": True},
    "OneVideo Drive": {"department": "it support", "otherMails": ("A@x.example", "b@y.example")},
    "hello-world": {
        "city": "\u00c5r\u00f8",
        "otherMails": (),
        "assignedLicenses": ({"skuId": SKU_ID.upper()},),
    },
    "O'Neil 100%": {"department": None, "isResourceAccount": False, "description": "One drive"},
}


def person(number: int, name: str, attributes: dict[str, Any]) -> DirectoryObject:
    id_ = PrincipalId(f"00000000-0000-0000-0000-{number:012}")
    found = replace(a_person(id_), display_name=name, attributes=attributes)
    return replace(found, user_principal_name=f"{number}@x.example", mail=None)


@pytest.fixture
async def peopled(world: World) -> World:
    people = [person(number, *one) for number, one in enumerate(PEOPLE.items())]
    await world.write(*(PutObject(one) for one in people))
    return world


def word(text: str, collection: str = DISPLAY_NAME_WORDS) -> AnyOf:
    return AnyOf(collection, TextMatch(ELEMENT, STARTS, text))


ADELE, VIDEO, HELLO, NEIL = PEOPLE
QUESTIONS: dict[str, tuple[Condition, set[str]]] = {
    "a text": (Compare("department", EQ, "It"), {ADELE}),
    "a letter of another script": (Compare("city", EQ, "\u00c5R\u00f8"), {HELLO}),
    "a text that is another": (Compare("department", NE, "it"), {VIDEO, HELLO, NEIL}),
    "a text that is empty": (Compare("department", EQ, None), {HELLO, NEIL}),
    "a text that is not empty": (Compare("department", NE, None), {ADELE, VIDEO}),
    "the beginning of a text": (TextMatch("department", STARTS, "IT"), {ADELE, VIDEO}),
    "a range of texts": (Compare("department", GE, "it s"), {VIDEO}),
    "a flag": (Compare("isResourceAccount", EQ, value=True), {ADELE}),
    "a flag that is off": (Compare("isResourceAccount", EQ, value=False), {NEIL}),
    "a flag that is unknown": (Compare("isResourceAccount", EQ, None), {VIDEO, HELLO}),
    "an element": (AnyOf("otherMails", Compare(ELEMENT, EQ, "a@x.example")), {VIDEO}),
    "the end of an element": (AnyOf("otherMails", TextMatch(ELEMENT, ENDS, "Y.example")), {VIDEO}),
    "no such element": (
        Not(AnyOf("otherMails", Compare(ELEMENT, EQ, "a@x.example"))),
        {ADELE, HELLO, NEIL},
    ),
    "all elements": (
        And(
            (
                AnyOf("otherMails", ALWAYS),
                Not(AnyOf("otherMails", Not(TextMatch(ELEMENT, ENDS, "example")))),
            )
        ),
        {VIDEO},
    ),
    "an empty list": (Not(AnyOf("otherMails", ALWAYS)), {ADELE, HELLO, NEIL}),
    "a part of an element": (AnyOf("assignedLicenses", Compare(SKU, EQ, SKU_ID)), {HELLO}),
    "a word": (word("adele"), {ADELE}),
    "the beginning of a word": (word("van"), {ADELE}),
    "no beginning of a word": (word("ance"), set()),
    "words cut at a capital": (And((word("video"), word("one"))), {VIDEO}),
    "words in any place": (word("drive"), {VIDEO}),
    "words that symbols keep apart": (word("helloworld"), {HELLO}),
    "a number": (word("100"), {NEIL}),
    "a word of the description": (word("drive", DESCRIPTION_WORDS), {NEIL}),
    "either word": (Or((word("drive"), word("drive", DESCRIPTION_WORDS))), {VIDEO, NEIL}),
    "a word that sorts high": (word("\U0010ffff"), set()),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_people_are_found_by_what_their_documents_hold(peopled: World, name: str) -> None:
    condition, expected = QUESTIONS[name]

    page = await peopled.store.read_objects(
        peopled.tenant, View.USERS, Query(100, condition, is_counted=True)
    )

    assert {one.display_name for one in page.rows} == expected
    assert page.total == len(expected)


async def test_groups_are_of_security_unless_they_say_otherwise(world: World) -> None:
    plain = person(1, "plain", {"groupTypes": ("Unified",), "securityEnabled": False})
    safe = person(2, "safe", {})
    groups = [
        replace(one, kind=ObjectKind.GROUP, user_principal_name=None) for one in (plain, safe)
    ]
    await world.write(*(PutObject(one) for one in groups))

    async def ask(condition: Condition) -> list[str]:
        page = await world.store.read_objects(world.tenant, View.GROUPS, Query(9, condition))
        return [one.display_name for one in page.rows]

    assert await ask(Compare("securityEnabled", EQ, value=True)) == ["safe"]
    assert await ask(Compare("mailEnabled", EQ, value=False)) == ["plain", "safe"]
    assert await ask(AnyOf("groupTypes", Compare(ELEMENT, EQ, "unified"))) == ["plain"]


async def test_words_follow_the_name(world: World) -> None:
    before = person(1, "before", {})
    await world.write(PutObject(before))
    await world.write(PutObject(replace(before, display_name="after")))

    found = [
        len((await world.store.read_objects(world.tenant, View.USERS, Query(9, word(text)))).rows)
        for text in ("before", "after")
    ]

    assert found == [0, 1]
