"""Several servers ask extensions, some of them die, and what is answered may come too late."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.scenarios.extension_calls import (
    ASKED_OF_ROLES,
    POST,
    PRE,
    SECOND,
    Scene,
    asks,
    open_scene,
)
from tests.stateful.test_fail_points import Fuse, Killed, MortalPostgres, MortalSqlite
from tests.support.events import read_events
from tests.support.extension_receiver import say
from timebound.application.engine import Engine
from timebound.application.evaluating import HOLD
from timebound.application.ports import Store
from timebound.application.settling import settle_evaluation
from timebound.domain.decide import Refused
from timebound.domain.evaluations import EvaluationAnswer, Outcome
from timebound.domain.events import EventKind
from timebound.domain.ids import RequestId
from timebound.server.worker import DueRunner


@pytest.fixture
async def scene(store: Store, label: str) -> AsyncIterator[Scene]:
    """Eve may ask for a role whose policy asks an extension first."""
    async with open_scene(store, label) as opened:
        assert (await opened.register()).status_code == 201
        assert (await opened.link(asks(PRE))).status_code == 200
        await opened.make_eligible()
        yield opened


@pytest.mark.inferred("who waits may stop waiting")
async def test_what_waits_can_be_cancelled_and_the_answer_comes_too_late(scene: Scene) -> None:
    made = await scene.activate()
    loop = asyncio.get_running_loop()

    async def cancel() -> None:
        answer = await scene.call("eve", "POST", f"{ASKED_OF_ROLES}/{made['id']}/cancel")
        assert answer.status_code == 204, answer.text

    scene.receiver.before = lambda: asyncio.run_coroutine_threadsafe(cancel(), loop).result()
    await scene.settle()

    assert await scene.read(made["id"]) == "Canceled"
    assert await scene.list_held() == []
    assert len(scene.receiver.asked) == 1


@pytest.mark.inferred("APR: what nobody decided for a day lapses")
async def test_after_a_day_nobody_waits_any_more(scene: Scene, store: Store) -> None:
    made = await scene.activate()
    scene.company.move_to(scene.company.now() + timedelta(days=1))

    assert await scene.read(made["id"]) == "TimedOut"
    late = await scene.call("pia", "GET", f"{ASKED_OF_ROLES}?$filter=status eq 'TimedOut'")
    assert [one["id"] for one in late.json()["value"]] == [made["id"]]
    waiting = await scene.call(
        "pia", "GET", f"{ASKED_OF_ROLES}?$filter=status eq 'PendingEvaluation'"
    )
    assert waiting.json()["value"] == []
    await scene.settle()

    assert scene.receiver.asked == []
    await DueRunner(store, scene.company.parts.clock, scene.company.parts.system).catch_up()
    assert await store.count_evaluations() == 0
    assert await scene.list_held() == []
    assert await scene.read(made["id"]) == "TimedOut"


@pytest.mark.inferred("of many servers one settles")
async def test_several_servers_ask_and_one_answer_settles(
    scene: Scene, store: Store, database_url: str
) -> None:
    made = await scene.activate()

    async def ask_anew() -> None:
        # As if whoever held it had died: everybody may ask at once.
        await store.free_evaluations()
        await scene.server().catch_up(16)

    await asyncio.gather(*(ask_anew() for _ in range(4)))

    assert await scene.read(made["id"]) == "Provisioned"
    assert len(await scene.list_held()) == 1
    events = await read_events(database_url, scene.company.seed.tenant.id)
    kinds = [one.kind for one in events if one.correlation_id == made["id"]]
    assert kinds.count(EventKind.EVALUATION_ASKED) == 1
    assert kinds.count(EventKind.EVALUATION_ANSWERED) == 1
    assert kinds.count(EventKind.GRANT_MADE) == 1


@pytest.mark.inferred("who died is followed by another, under the same id")
async def test_what_a_server_that_died_has_held_is_asked_again(scene: Scene) -> None:
    made = await scene.activate()
    (claimed,) = await scene.server().claim(16)

    await scene.settle()
    assert scene.receiver.asked == []
    scene.watch.at = claimed.held_until or scene.watch.at
    await scene.settle()

    assert len(scene.receiver.asked) == 1
    assert await scene.read(made["id"]) == "Provisioned"
    # Whoever comes back late counts no failure of what another has settled.
    await scene.server().evaluate(claimed)
    assert len(scene.receiver.asked) == 1


@pytest.mark.inferred("whenever a server dies, the grant is made, and made once")
@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", [1, 2], ids=["claiming", "settling"])
async def test_a_server_killed_at_any_commit_leaves_it_to_another(
    scene: Scene, database_url: str, number: int, *, is_after: bool
) -> None:
    made = await scene.activate()
    is_on_sqlite = database_url.startswith("sqlite")
    mortal = (MortalSqlite if is_on_sqlite else MortalPostgres)(
        database_url, Fuse(number, is_after)
    )
    await mortal.open()
    with pytest.raises(Killed):
        await scene.server(store=mortal).catch_up(16)
    await mortal.close()

    scene.watch.at += HOLD
    await scene.settle()

    assert await scene.read(made["id"]) == "Provisioned"
    assert len(await scene.list_held()) == 1
    assert len({one.headers["client-request-id"] for one in scene.receiver.asked}) == 1
    # It is asked again where its answer was not noted, and only there.
    assert len(scene.receiver.asked) == 1 + (number == 2 and not is_after)
    events = await read_events(database_url, scene.company.seed.tenant.id)
    kinds = [one.kind for one in events if one.correlation_id == made["id"]]
    assert kinds.count(EventKind.EVALUATION_ANSWERED) == kinds.count(EventKind.GRANT_MADE) == 1


@pytest.mark.inferred("an answer to the first question is none to the second")
async def test_an_answer_that_comes_late_is_not_taken_for_another(scene: Scene) -> None:
    assert (await scene.register(id=SECOND, type="postApproval")).status_code == 201
    assert (await scene.link(asks(POST, SECOND))).status_code == 200
    made = await scene.activate()
    waiting = await scene.company.store.load_request(
        scene.company.ids.tenant_id, RequestId(made["id"])
    )
    assert waiting is not None
    (claimed,) = await scene.server().claim(16)
    await scene.server().evaluate(claimed)
    assert await scene.read(made["id"]) == "PendingEvaluation"

    yes = EvaluationAnswer("late", Outcome.AUTO_APPROVED)
    engine = Engine(scene.company.store, scene.company.parts.ids)
    late = await settle_evaluation(
        engine, scene.company.ids.tenant_id, waiting, yes, scene.company.now()
    )

    assert isinstance(late, Refused)
    assert await scene.list_held() == []
    scene.receiver.answer(say("Denied"))
    await scene.settle()
    assert await scene.read(made["id"]) == "Denied"
