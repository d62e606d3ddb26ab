"""Webhooks against a receiver that is a process of its own, under TLS."""

import base64
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from tests.identity.outgoing.remote import Names
from tests.identity.outgoing.test_calling_tls import prepare
from tests.storage.world import NOON
from tests.support.receiving import HookReceiver, open_receiver
from timebound.application.log_ports import Logged
from timebound.application.outbox import DeliveryError
from timebound.channels.notices import Notice
from timebound.channels.webhooks import Webhook, WebhookChannel
from timebound.domain.events import Actor, Event, EventKind
from timebound.domain.ids import ApplicationId, EventId, PrincipalId, TenantId
from timebound.domain.times import Instant
from timebound.outgoing.calling import GuardedCaller
from timebound.outgoing.contracts import OutgoingRules

TENANT: Final = TenantId("11111111-0000-0000-0000-000000000001")
SECRET: Final = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER: Final = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()

pytestmark = pytest.mark.documented("CloudEvents 1.0; Standard Webhooks 1.0.0")


class Standing:
    """A clock that stands."""

    def now(self) -> Instant:
        return NOON


@dataclass(frozen=True, slots=True)
class Scene:
    """A receiver, and what calls it by the name of hooks.example."""

    receiver: HookReceiver
    caller: GuardedCaller

    def channel(self, path: str, *notices: Notice) -> WebhookChannel:
        url = f"https://hooks.example:{self.receiver.port}{path}"
        keys = (bytes(range(32)),)
        webhook = Webhook("siem", url, keys, frozenset(notices or Notice))
        return WebhookChannel(webhook, self.caller, "https://pim.example", Standing())


@pytest.fixture
def trust(tmp_path: Path) -> ssl.SSLContext:
    return prepare(tmp_path, "hooks.example")[1]


@pytest.fixture
async def scene(tmp_path: Path, trust: ssl.SSLContext) -> AsyncIterator[Scene]:
    files = [str(tmp_path / "tls" / name) for name in ("server.pem", "server.key")]
    async with open_receiver(*files) as receiver:
        rules = OutgoingRules(
            frozenset({f"https://hooks.example:{receiver.port}"}), (ip_network("127.0.0.0/8"),)
        )
        yield Scene(receiver, GuardedCaller(rules, Names([("127.0.0.1",)]), trust))


def an_event(kind: EventKind = EventKind.GRANT_MADE, number: int = 1) -> Logged:
    event = Event(
        EventId(f"22222222-0000-0000-0000-{number:012d}"),
        kind,
        NOON + timedelta(minutes=5),
        NOON,
        "a request",
        Actor(PrincipalId("somebody"), ApplicationId("something")),
        "somebody",
        {"grantKind": "activated", "roleId": "a role", "isEndless": False},
    )
    return Logged(number, event, "00")


async def take(channel: WebhookChannel, *events: Logged) -> None:
    await channel.take(TENANT, events or (an_event(),))


async def test_an_event_is_a_signed_cloud_event(scene: Scene) -> None:
    await take(scene.channel("/200/hook?to=us"))
    heard = await scene.receiver.hear()
    assert heard.path == "/200/hook?to=us"
    assert heard.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert heard.headers["host"] == f"hooks.example:{scene.receiver.port}"
    assert heard.headers["webhook-id"] == "22222222-0000-0000-0000-000000000001"
    assert heard.headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    assert heard.is_signed_by(SECRET)
    assert not heard.is_signed_by(OTHER)
    assert not replace(heard, body=heard.body + " ").is_signed_by(SECRET)
    assert heard.document == {
        "specversion": "1.0",
        "id": "22222222-0000-0000-0000-000000000001",
        "source": f"https://pim.example/{TENANT}/v2.0",
        "type": "timebound.role.activated",
        "subject": "somebody",
        "time": "2030-03-01T12:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "grantKind": "activated",
            "roleId": "a role",
            "isEndless": False,
            "tenantId": TENANT,
            "effectiveAt": "2030-03-01T12:05:00Z",
            "correlationId": "a request",
            "actor": {"userId": "somebody", "applicationId": "something"},
        },
    }


async def test_the_same_event_comes_again_under_the_same_id(scene: Scene) -> None:
    channel = scene.channel("/200")
    for _ in range(2):
        await take(channel)
    first, second = await scene.receiver.hear(), await scene.receiver.hear()
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.document == second.document


async def test_both_secrets_sign_while_one_takes_the_place_of_the_other(scene: Scene) -> None:
    channel = scene.channel("/200")
    keys = (bytes(range(32)), bytes(range(1, 33)))
    await take(replace(channel, webhook=replace(channel.webhook, keys=keys)))
    heard = await scene.receiver.hear()
    assert heard.is_signed_by(SECRET)
    assert heard.is_signed_by(OTHER)


async def test_a_receiver_hears_what_it_is_to_be_told(scene: Scene) -> None:
    events = [
        an_event(EventKind.GRANT_MADE, 1),
        an_event(EventKind.PASSWORD_SET, 2),
        an_event(EventKind.POLICY_CHANGED, 3),
    ]
    channel = scene.channel("/200", Notice.POLICY_CHANGED, Notice.ASSIGNED)
    assert channel.feed.kinds == frozenset({EventKind.POLICY_CHANGED, EventKind.GRANT_MADE})
    await take(channel, *events)
    await take(scene.channel("/200"), an_event(EventKind.POLICY_CHANGED, 4))
    heard = [(await scene.receiver.hear()).document["id"][-1] for _ in range(2)]
    assert heard == ["3", "4"]


@pytest.mark.parametrize("status", [201, 204, 299])
async def test_any_status_from_200_to_299_is_a_success(scene: Scene, status: int) -> None:
    await take(scene.channel(f"/{status}"))
    assert (await scene.receiver.hear()).path == f"/{status}"


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
async def test_any_other_is_a_failure(scene: Scene, status: int) -> None:
    with pytest.raises(DeliveryError, match=str(status)) as caught:
        await take(scene.channel(f"/{status}"))
    assert not caught.value.is_final


WISHES: Final = {
    "120": 120,
    "0": 0,
    "Fri, 01 Mar 2030 12:01:30 GMT": 90,
    "Fri, 01 Mar 2030 11:00:00 GMT": 0,
    "Fri, 01 Mar 2030 12:01:30": 0,
    "999999999": 999_999_999,
    "9" * 30: 0,
    "-5": 0,
    "1.5": 0,
    "soon": 0,
    "Fri, 99 Mar 2030 12:01:30 GMT": 0,
    "Fri, 01 Mar 99999 12:01:30 GMT": 0,
}
"""NOON is at 12:00 of the day. Of what is not written as it has to be, nothing is believed."""


@pytest.mark.documented("RFC 9110, 10.2.3: seconds, or a date")
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("said", WISHES)
async def test_a_receiver_says_when_it_is_to_be_tried_again(
    scene: Scene, said: str, status: int
) -> None:
    with pytest.raises(DeliveryError, match=str(status)) as caught:
        await take(scene.channel(f"/{status}/?retry-after={quote(said)}"))
    assert caught.value.wish == timedelta(seconds=WISHES[said])


async def test_a_redirect_is_not_followed(scene: Scene) -> None:
    with pytest.raises(DeliveryError, match="redirect"):
        await take(scene.channel("/307"))
    assert (await scene.receiver.hear()).path == "/307"
    await take(scene.channel("/200/next"))
    assert (await scene.receiver.hear()).path == "/200/next"


async def test_a_receiver_that_is_gone_wants_no_more(scene: Scene) -> None:
    with pytest.raises(DeliveryError) as caught:
        await take(scene.channel("/410"))
    assert caught.value.is_final


async def test_an_answer_without_an_end_is_not_read(scene: Scene) -> None:
    await take(scene.channel("/200/endless"))
    assert (await scene.receiver.hear()).path == "/200/endless"


async def test_a_silent_receiver_is_not_waited_for(scene: Scene) -> None:
    quick = replace(scene, caller=replace(scene.caller, time_limit=timedelta(seconds=0.5)))
    with pytest.raises(DeliveryError, match="too long"):
        await take(quick.channel("/silent"))
    assert scene.caller.time_limit == timedelta(seconds=10)


@pytest.mark.parametrize(
    ("addresses", "told"),
    [
        (("10.0.0.1",), "not public"),
        (("127.0.0.1", "169.254.169.254"), "not public"),
        ((), "no address"),
    ],
)
async def test_what_is_not_public_is_not_called(
    scene: Scene, addresses: Sequence[str], told: str
) -> None:
    caller = replace(scene.caller, resolver=Names([addresses]))
    with pytest.raises(DeliveryError, match=told):
        await take(replace(scene, caller=caller).channel("/200"))


async def test_loopback_is_called_where_it_is_listed_alone(scene: Scene) -> None:
    caller = replace(scene.caller, rules=replace(scene.caller.rules, networks=()))
    with pytest.raises(DeliveryError, match="--outgoing-network"):
        await take(replace(scene, caller=caller).channel("/200"))


def test_a_secret_is_not_shown(scene: Scene) -> None:
    assert "keys" not in repr(scene.channel("/200"))
