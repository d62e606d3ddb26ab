"""The receiver of the documentation takes what we send, once, and nothing of anybody else."""

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import pytest

from tests.channels.test_webhooks import an_event, take
from tests.identity.outgoing.remote import LOOPBACK
from tests.support.planting import ROOT
from timebound.application.outbox import DeliveryError
from timebound.channels.webhooks import Webhook, WebhookChannel
from timebound.domain.times import Instant
from timebound.outgoing.calling import GuardedCaller
from timebound.outgoing.contracts import OutgoingRules
from timebound.server.clock import SystemClock, machine_sources

KEY: Final = bytes(range(32))

pytestmark = pytest.mark.inferred("docs/how-to/webhooks.md: its receiver")


@dataclass(frozen=True, slots=True)
class Scene:
    channel: WebhookChannel
    lines: asyncio.StreamReader

    async def read(self) -> str:
        async with asyncio.timeout(20):
            return (await self.lines.readline()).decode().strip()


@dataclass(frozen=True, slots=True)
class Late:
    """A clock that is an hour behind."""

    clock: SystemClock

    def now(self) -> Instant:
        return self.clock.now() - timedelta(hours=1)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    example = ROOT / "docs" / "examples" / "receive_webhooks.py"
    secret = "whsec_" + base64.b64encode(KEY).decode()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(example), "0"),
        stdout=subprocess.PIPE,
        env={**os.environ, "WEBHOOK_SECRET": secret},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            port = int((await process.stdout.readline()).split()[-1])
        origin = f"http://127.0.0.1:{port}"
        caller = GuardedCaller(OutgoingRules(frozenset({origin}), LOOPBACK))
        webhook = Webhook("example", f"{origin}/hook", (KEY,))
        clock = SystemClock(machine_sources())
        yield Scene(WebhookChannel(webhook, caller, "https://pim.example", clock), process.stdout)
    finally:
        process.kill()
        await process.wait()


async def test_it_tells_of_each_event_once(scene: Scene) -> None:
    for number in (1, 1, 2):
        await take(scene.channel, an_event(number=number))
    assert [await scene.read() for _ in range(2)] == ["timebound.role.activated somebody"] * 2


async def test_it_takes_either_signature(scene: Scene) -> None:
    both = replace(scene.channel.webhook, keys=(bytes(32), KEY))
    await take(replace(scene.channel, webhook=both))
    assert await scene.read() == "timebound.role.activated somebody"


async def test_it_refuses_what_others_signed(scene: Scene) -> None:
    other = replace(scene.channel.webhook, keys=(bytes(32),))
    with pytest.raises(DeliveryError, match="401"):
        await take(replace(scene.channel, webhook=other))


async def test_it_refuses_what_was_signed_long_ago(scene: Scene) -> None:
    late = Late(SystemClock(machine_sources()))
    with pytest.raises(DeliveryError, match="401"):
        await take(replace(scene.channel, system=late))
