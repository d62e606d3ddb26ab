"""The service as it is opened: what is committed leaves, is counted, and operators can see how."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import msgspec
import pytest
from click.testing import CliRunner

from tests.support.events import read_events
from tests.support.receiving import HookReceiver, open_receiver
from tests.support.service import ORIGIN, TENANT, Service, emulator, open_service
from tests.support.stores import KINDS
from timebound.application.changes import ChangeSet
from timebound.application.outbox_ports import DeadLetter, Progress
from timebound.application.sealing import Sealer, catch_up
from timebound.domain.events import Actor, Event, EventKind
from timebound.domain.ids import EventId, TenantId
from timebound.domain.times import Instant
from timebound.server import feeding
from timebound.server.config import Settings
from timebound.server.feeding import counting
from timebound.server.main import main

TENANT_ID: Final = TenantId(TENANT)
SECRET: Final = "whsec_" + base64.b64encode(bytes(range(32))).decode()

pytestmark = pytest.mark.documented("issue 5, outbox: audit, metrics and a webhook channel")


def working(folder: Path) -> Settings:
    """An emulator that does whatever is done by itself."""
    return replace(emulator(folder), has_worker=True)


def telling(folder: Path, receiver: HookReceiver, *paths: str) -> Settings:
    """An emulator that tells the receiver at each of the paths."""
    origin = f"http://127.0.0.1:{receiver.port}"
    webhooks = [
        {"name": f"w{number}", "url": origin + path, "secret": SECRET, "tenant": "small.example"}
        for number, path in enumerate(paths)
    ]
    settings = working(folder)
    path = folder / "webhooks.yaml"
    path.write_bytes(msgspec.json.encode({"webhooks": webhooks}))
    return replace(
        settings,
        webhooks_file=path,
        outgoing_hosts=(origin,),
        outgoing_networks=(ip_network("127.0.0.0/8"),),
    )


async def tell(service: Service, *kinds: EventKind) -> list[str]:
    """Commits and seals an event of each kind; answers their ids."""
    parts = service.parts
    at = parts.clock.now()
    events = tuple(
        Event(EventId(parts.ids.new_id()), kind, at, at, "c", Actor(), "somebody") for kind in kinds
    )
    assert await parts.store.apply(ChangeSet(TENANT_ID, at, {}, frozenset(), events=events))
    await catch_up(parts.sealer, TENANT_ID, at)
    return [event.id for event in events]


async def wait_until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Gives the service time until something is so."""
    for _ in range(1000):
        if await is_so():
            return
        await asyncio.sleep(0.02)
    pytest.fail("it never came to be so")


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str | None:
    """The address of a PostgreSQL database, or none for a file in the data folder."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("fresh_postgres_database")
    return url


async def test_what_is_committed_is_told(tmp_path: Path, database_url: str | None) -> None:
    async with (
        open_receiver() as receiver,
        open_service(
            replace(telling(tmp_path, receiver, "/200/hook"), database_url=database_url)
        ) as service,
    ):
        ids = await tell(service, EventKind.POLICY_CHANGED, EventKind.GRANT_MADE)
        heard = [await receiver.hear() for _ in ids]
    assert [one.headers["webhook-id"] for one in heard] == ids
    assert all(one.is_signed_by(SECRET) for one in heard)
    first = heard[0].document
    assert first["type"] == "timebound.policy.changed"
    assert first["source"] == f"{ORIGIN}/{TENANT}/v2.0"


async def test_tree_heads_are_told_to_those_who_hold_them(tmp_path: Path) -> None:
    async with open_receiver() as receiver:
        settings = telling(tmp_path, receiver, "/200/heads")
        assert settings.webhooks_file is not None
        content = msgspec.json.decode(settings.webhooks_file.read_bytes())
        content["webhooks"][0] |= {"events": [], "heads": True}
        settings.webhooks_file.write_bytes(msgspec.json.encode(content))
        async with open_service(settings) as service:
            await tell(service, EventKind.PASSWORD_SET)
            document = (await receiver.hear()).document
            head = await service.parts.store.last_head(TENANT_ID)
    assert head is not None
    assert (document["type"], document["data"]["size"]) == ("timebound.log.head", head.size)


async def discover(service: Service) -> str:
    answer = await service.client.get(f"/{TENANT}/v2.0/.well-known/openid-configuration")
    issuer: str = answer.json()["issuer"]
    return issuer


async def test_the_source_is_the_issuer_of_the_tenant(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)) as service:
        assert await discover(service) == f"{ORIGIN}/{TENANT}/v2.0"


async def test_a_receiver_goes_on_after_a_restart_where_it_was(tmp_path: Path) -> None:
    async with open_receiver() as receiver:
        settings = telling(tmp_path, receiver, "/200")
        for _ in range(2):
            async with open_service(settings) as service:
                ids = await tell(service, EventKind.POLICY_CHANGED)
                heard = await receiver.hear()
                assert [heard.headers["webhook-id"]] == ids


async def test_a_start_seals_only_for_somebody_who_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed: list[str] = []

    async def note(sealer: Sealer, tenant_id: TenantId, at: Instant) -> int:
        sealed.append(tenant_id)
        return await catch_up(sealer, tenant_id, at)

    monkeypatch.setattr(feeding, "catch_up", note)
    async with open_receiver() as receiver:
        first = telling(tmp_path, receiver, "/200")
        await commit_unsealed(first)
        async with open_service(first):
            assert sealed == [TENANT_ID]
        await commit_unsealed(first)
        async with open_service(first):
            assert sealed == [TENANT_ID], "w0 is known: it gets what was before"
        await commit_unsealed(first)
        async with open_service(telling(tmp_path, receiver, "/200", "/200/new")) as service:
            assert sealed == [TENANT_ID] * 2
            ids = await tell(service, EventKind.POLICY_CHANGED)
            heard = [await receiver.hear() for _ in range(4)]
        assert [one.headers["webhook-id"] for one in heard if one.path == "/200/new"] == ids


async def commit_unsealed(settings: Settings) -> None:
    """Commits an event while nobody seals."""
    async with open_service(replace(settings, has_worker=False)) as service:
        parts = service.parts
        at, id_ = parts.clock.now(), EventId(parts.ids.new_id())
        event = Event(id_, EventKind.POLICY_CHANGED, at, at, "c", Actor(), "somebody")
        assert await parts.store.apply(ChangeSet(TENANT_ID, at, {}, frozenset(), events=(event,)))


async def test_one_that_fails_or_is_silent_holds_up_no_other(tmp_path: Path) -> None:
    async with open_receiver() as receiver:
        settings = telling(tmp_path, receiver, "/silent", "/500", "/200", "/410")
        async with open_service(settings) as service:
            await tell(service, EventKind.POLICY_CHANGED)
            heard = {(await receiver.hear()).path for _ in range(4)}
            assert heard == {"/silent", "/500", "/200", "/410"}

            async def is_known() -> bool:
                states = {one.name: one for one in await service.parts.store.list_consumers()}
                return (
                    states["webhook:w1"].attempts > 0
                    and states["webhook:w2"].lag == 0
                    and states["webhook:w3"].is_off
                )

            await wait_until(is_known)
        status = await invoke(settings, "status")
        assert "webhook:w3" in status
        assert "off: the receiver answers 410" in status
        assert "the answer is 500" in status
        told = await invoke(settings, "resume", "--consumer", "webhook:w3")
        assert told == "webhook:w3 goes on for 1 tenants.\n"


async def test_the_operator_says_how_often_something_is_offered(tmp_path: Path) -> None:
    async with open_receiver() as receiver:
        settings = replace(telling(tmp_path, receiver, "/500"), delivery_attempts=1)
        async with open_service(settings) as service:
            (event_id,) = await tell(service, EventKind.POLICY_CHANGED)

            async def is_dead() -> bool:
                letters = await service.parts.store.list_dead(10)
                return [one.event_id for one in letters] == [event_id]

            await wait_until(is_dead)


async def test_events_and_the_backlog_are_metrics(tmp_path: Path) -> None:
    async with open_service(working(tmp_path)) as service, counting(service.parts):
        await tell(service, *[EventKind.POLICY_CHANGED] * 3)

        async def read() -> str:
            return (await service.client.get("/metrics")).text

        async def is_counted() -> bool:
            return 'timebound_events_total{kind="policyChanged"} 3.0' in await read()

        await wait_until(is_counted)

        async def is_caught_up() -> bool:
            text = await read()
            lags = ("audit", "metrics")
            return all(
                f'timebound_outbox_lag_events{{consumer="{one}"}} 0.0' in text for one in lags
            )

        await wait_until(is_caught_up)
        text = await read()
        assert "timebound_dead_letters 0.0" in text
        assert "timebound_sealing_lag_seconds 0.0" in text
        assert "timebound_due_given_up 0.0" in text
        assert "timebound_due_lag_seconds 0.0" in text
        await service.parts.store.close()
        text = await read()
        for name in ("dead_letters", "due_given_up", "due_lag_seconds"):
            assert f"timebound_{name} NaN" in text
        await service.parts.store.open()


async def invoke(settings: Settings, command: str, *more: str) -> str:
    """What an operator's command answers."""
    where = ["--data", str(settings.data)]
    if settings.database_url is not None:
        where += ["--database-url", settings.database_url]
    arguments = ["outbox", command, *where, *more]
    result = await asyncio.to_thread(CliRunner().invoke, main, arguments)
    assert result.exit_code == 0, result.output
    return result.output


async def test_dead_letters_are_listed_and_resent(tmp_path: Path, database_url: str | None) -> None:
    settings = replace(emulator(tmp_path), database_url=database_url)
    async with open_service(settings) as service:
        store, at = service.parts.store, service.parts.system.now()
        assert await invoke(settings, "dead") == "Nothing was given up.\n"
        claim = await store.claim_consumer(TENANT_ID, "gone", at, at)
        assert claim is not None
        letter = DeadLetter(TENANT_ID, "gone", 0, EventId("an-event"), 12, "it was down", at)
        (state,) = [one for one in await store.list_consumers() if one.name == "gone"]
        assert await store.settle_claim(claim, Progress(state.position + 1), letter)
        listed = await invoke(settings, "dead")
        assert listed.startswith(f"gone\t{TENANT}\tevent an-event\t")
        assert listed.endswith("tried 12 times: it was down\n")
        assert "1 dead letters" in await invoke(settings, "status")
        told = await invoke(settings, "resend", "--consumer", "gone", "--event", "an-event")
        assert told == "1 dead letters are offered again, by a service that feeds gone.\n"
        listed = await invoke(settings, "dead")
        assert listed.endswith("tried 12 times: it was down (being offered again)\n")
        (resent,) = await store.list_resent(TENANT_ID, "gone", 9)
        assert resent.event_id == "an-event"
        await store.return_letter(resent)
        claim = await store.claim_consumer(TENANT_ID, "gone", at, at)
        assert claim is not None
        assert await store.settle_claim(claim, Progress(claim.position, error="no", is_off=True))
        told = await invoke(settings, "resend", "--consumer", "gone")
        assert told.endswith("gone is off: first say `timebound outbox resume`.\n")


@pytest.mark.parametrize("chosen", [("--event", "event-2"), ("--all",)])
async def test_a_dead_letter_is_forgotten_on_purpose_and_the_log_tells_so(
    tmp_path: Path, database_url: str | None, chosen: tuple[str, ...]
) -> None:
    settings = replace(emulator(tmp_path), database_url=database_url)
    url = database_url or f"sqlite:///{settings.data / 'timebound.db'}"
    async with open_service(settings) as service:
        store, at = service.parts.store, service.parts.system.now()
        for name, place in (("gone", 1), ("gone", 2), ("other", 2)):
            claim = await store.claim_consumer(TENANT_ID, name, at, at)
            assert claim is not None
            letter = DeadLetter(TENANT_ID, name, place, EventId(f"event-{place}"), 12, "down", at)
            (state,) = [one for one in await store.list_consumers() if one.name == name]
            assert await store.settle_claim(claim, Progress(state.position + 1), letter)
        told = (await invoke(settings, "forget", "--consumer", "gone", *chosen)).splitlines()
        expected = ["event-2"] if chosen[0] == "--event" else ["event-1", "event-2"]
        assert [line.split("\t")[2] for line in told[:-1]] == [f"event {one}" for one in expected]
        assert told[-1] == f"{len(expected)} dead letters are forgotten."
        kept = {(one.consumer, one.event_id) for one in await store.list_dead(9)}
        rest = {("gone", "event-1"), ("gone", "event-2"), ("other", "event-2")}
        assert kept == rest - {("gone", one) for one in expected}
    events = [e for e in await read_events(url, TENANT) if e.kind is EventKind.LETTER_FORGOTTEN]
    assert sorted(str(e.data["position"]) for e in events) == [one[-1] for one in expected]
    assert {(e.data["consumer"], e.data["error"]) for e in events} == {("gone", "down")}


async def test_a_consumer_that_is_named_no_more_is_removed(
    tmp_path: Path, database_url: str | None
) -> None:
    settings = replace(emulator(tmp_path), database_url=database_url)
    async with open_service(settings) as service:
        store, at = service.parts.store, service.parts.system.now()
        for name in ("gone", "other"):
            await store.begin_consumer(name, None)
        claim = await store.claim_consumer(TENANT_ID, "gone", at + timedelta(minutes=1), at)
        assert claim is not None
        command = ["outbox", "remove", "--consumer", "gone", "--data", str(settings.data)]
        command += [] if database_url is None else ["--database-url", database_url]
        refused = await asyncio.to_thread(CliRunner().invoke, main, command)
        assert (refused.exit_code, "is being fed" in refused.output) == (1, True)
        # It fails, and waits until it is offered again.
        assert await store.settle_claim(claim, Progress(0, 3, at + timedelta(hours=1), "down"))
        told = await invoke(settings, "remove", "--consumer", "gone")
        assert told == "gone is forgotten in the logs of 1 tenants.\n"
        assert [one.name for one in await store.list_consumers()] == ["other"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["resend"], "--consumer NAME, or --due"),
        (["resend", "--due", "--event", "a"], "--event needs --consumer"),
        (["resend", "--consumer", "nobody"], "it has no such dead letter"),
        (["resend", "--consumer", "no\udcffbody"], "there is none of this name"),
        (["resend", "--consumer", "a", "--event", "\x00"], "there is none of this name"),
        (["forget", "--consumer", "nobody", "--all"], "it has no such dead letter"),
        (["forget", "--consumer", "a", "--event", "\x00"], "there is none of this name"),
        (["forget", "--consumer", "a"], "--event ID, or --all"),
        (["forget", "--consumer", "a", "--event", "b", "--all"], "--event ID, or --all"),
        (["forget", "--all"], "--consumer"),
        (["remove", "--consumer", "nobody"], "there is none"),
        (["remove", "--consumer", "\x00"], "there is none of this name"),
        (["remove"], "--consumer"),
        (["resume", "--consumer", "nobody"], "it neither is off nor waits"),
        (["resume", "--consumer", "no\nbody"], "there is none of this name"),
    ],
)
async def test_an_order_that_cannot_be_followed_is_refused(
    tmp_path: Path, arguments: list[str], told: str, database_url: str | None
) -> None:
    async with open_service(replace(emulator(tmp_path), database_url=database_url)):
        command = ["outbox", *arguments, "--data", str(tmp_path / "data")]
        command += [] if database_url is None else ["--database-url", database_url]
        result = await asyncio.to_thread(CliRunner().invoke, main, command)
    assert result.exit_code != 0
    assert told in result.output
