"""What enforcement points may ask of the door: how much, with what left out, in which letters."""

from asyncio import create_task, sleep
from collections.abc import AsyncIterator
from pathlib import Path
from time import process_time

import pytest

from tests.control.checking import (
    ADA,
    CONTRIBUTOR,
    EVA,
    MACHINE,
    OWN_ARM,
    SEVERAL,
    START,
    SUBSCRIPTION,
    USERS,
    ask,
    hold,
    knowing,
    open_planted,
    person,
    question,
    several,
    told,
    user_id,
)
from tests.support.service import Service

SOON = 0.5
"""Seconds, of which one question takes a tenth: a hundred in one go would take longer."""


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """An emulator with somebody who holds something in Azure and in the directory."""
    async with open_planted(tmp_path) as opened:
        yield opened


@pytest.mark.inferred("nobody keeps everybody else waiting")
async def test_many_questions_with_many_values_leave_room_for_others(service: Service) -> None:
    names = ", ".join(["'*b'"] * 1_000)
    await hold(
        service,
        user_id(EVA),
        SUBSCRIPTION,
        CONTRIBUTOR,
        condition=f"@Request[x] ForAllOfAllValues:StringNotLike {{{names}}}",
    )
    eva, longest = await person(service, EVA, OWN_ARM), 0.0
    values = {str(n): ["a" * 64] * 100 for n in range(49)} | {"x": ["a" * 64] * 30}
    body = several(*[{}] * 100, **question(place=SUBSCRIPTION, action=knowing(values)))
    asked = create_task(ask(service, eva, body, SEVERAL))
    while not asked.done():
        started = process_time()
        await sleep(0)
        longest = max(longest, process_time() - started)
    answers = (await asked).json()["evaluations"]
    assert {one["context"]["reason"] for one in answers} == {"allowed"}
    assert longest < SOON


@pytest.mark.inferred("who guards a place knows it by its own letters")
@pytest.mark.parametrize(
    "place",
    [
        MACHINE.replace("/s", "/\u017f", 1),
        MACHINE.replace("/resourceG", "/re\u017fourceG"),
        MACHINE.replace("/resourceGroups", "/resourceGroup\u017f"),
        MACHINE.replace("/providers", "/prov\u0131ders"),
    ],
)
async def test_a_place_in_other_letters_is_none(service: Service, place: str) -> None:
    eva = await person(service, EVA, OWN_ARM)
    asked = question(resource={"type": "azure", "id": place})
    assert (await told(service, eva, asked))["context"]["reason"] == "scopeNotFound"
    unit = {"type": "directory", "id": f"/admini\u017ftrativeUnits/{user_id(ADA)}"}
    said = await told(service, eva, question(action=USERS, resource=unit))
    assert said["context"]["reason"] == "scopeNotFound"


@pytest.mark.inferred("null stands where nothing is said")
async def test_null_is_as_good_as_left_out(service: Service) -> None:
    nothing: tuple[object, ...] = (None, {"attributes": None}, {"attributes": {"x": None}})
    eva = await person(service, EVA, OWN_ARM)
    for known in nothing:
        body = question(
            subject={"type": "user", "id": EVA, "properties": known},
            resource={"type": "azure", "id": MACHINE, "properties": known},
            context=known,
        )
        assert (await told(service, eva, body))["decision"] is True
        assert (await told(service, eva, {**body, "evaluations": None}, SEVERAL))["decision"]
        said = await told(service, eva, several(body, options=None), SEVERAL)
        assert said["evaluations"][0]["decision"] is True
    empty = {"isDataAction": None, "subOperation": None, "attributes": None}
    body = question(action={"name": START, "properties": empty})
    assert (await told(service, eva, body))["decision"] is True
    options = {"evaluations_semantic": None}
    said = await told(
        service, eva, several(body, {"action": {"name": None}}, **body, options=options), SEVERAL
    )
    assert [one["decision"] for one in said["evaluations"]] == [True, True]
