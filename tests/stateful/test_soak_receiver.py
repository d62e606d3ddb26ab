"""What `make soak` holds a receiver of webhooks against notices what is missing or out of turn."""

import base64
import hashlib
import hmac
import json
import random
from pathlib import Path

import pytest

from tests.stateful.test_soak_model import live
from tests.support.receiving import Heard
from tests.support.tampering import run_sql
from timebound.domain.approvals import ReviewResult
from timebound.storage.migrating import migrate
from tools.soak_model import find_undecided
from tools.soak_receiver import Hearing, Receiver

pytestmark = pytest.mark.inferred("a guard that cannot fail guards nothing")
KEY = bytes(range(32))


class Steady(random.Random):
    """No chance at all: everything is taken."""

    def random(self) -> float:
        return 0.5


def hear(receiver: Receiver, id_: str, said: str = "", key: bytes = KEY) -> None:
    body = json.dumps({"id": id_, "source": "https://localhost:1/", "said": said})
    mark = hmac.digest(key, f"{id_}.7.{body}".encode(), hashlib.sha256)
    signature = f"v1,{base64.b64encode(mark).decode()}"
    headers = {"webhook-id": id_, "webhook-timestamp": "7", "webhook-signature": signature}
    assert receiver.take(Heard("/hook", headers, body)) == 204


@pytest.fixture
async def hearing(tmp_path: Path) -> Hearing:
    """A log of seven events of which the receiver is told all, and has heard nothing yet."""
    path = tmp_path / "store.db"
    url = f"sqlite:///{path}"
    migrate(url)
    await live(path)
    run_sql(url, "DELETE FROM events WHERE kind <> 'grantEndsSoon' AND kind <> 'grantExpired'")
    run_sql(url, "UPDATE events SET position = rowid - (SELECT min(rowid) FROM events)")
    run_sql(url, "UPDATE events SET id = position")
    run_sql(
        url,
        "INSERT INTO consumers (tenant_id, name, position, attempts, is_off)"
        " SELECT tenant_id, 'webhook:soak', max(position) + 1, 0, 0 FROM events",
    )
    return Hearing(path, Receiver(Steady()), 0)


def list_ids(hearing: Hearing) -> list[str]:
    question = "SELECT id FROM events ORDER BY position"
    return [str(row[0]) for row in run_sql(f"sqlite:///{hearing.database}", question)]


async def test_who_has_heard_everything_in_turn_is_not_told_of(hearing: Hearing) -> None:
    ids = list_ids(hearing)
    assert len(ids) > 3
    for id_ in (*ids[:3], *ids[1:]):
        hear(hearing.receiver, id_)
    assert list(hearing.find_faults()) == []
    assert hearing.receiver.repeated == 2
    assert hearing.left == 0


async def test_what_was_not_heard_is_told(hearing: Hearing) -> None:
    ids = list_ids(hearing)
    for id_ in ids[1:]:
        hear(hearing.receiver, id_)
    [fault] = hearing.find_faults()
    assert fault.startswith("never heard: ")
    assert fault.endswith(f" {ids[0]} at 0")


async def test_what_came_out_of_turn_is_told(hearing: Hearing) -> None:
    first, second, *others = list_ids(hearing)
    for id_ in (second, first, *others):
        hear(hearing.receiver, id_)
    assert list(hearing.find_faults()) == [f"heard behind 1: {first} at 0"]


async def test_what_nobody_has_told_is_noticed(hearing: Hearing) -> None:
    ids = list_ids(hearing)
    for id_ in ids:
        hear(hearing.receiver, id_)
    hear(hearing.receiver, "another")
    hear(hearing.receiver, ids[0], "something else")
    hear(hearing.receiver, ids[1], key=bytes(32))
    faults = [fault.partition(":")[0] for fault in hearing.find_faults()]
    assert faults == ["heard, and not in the log", "told otherwise than before", "not signed"]


async def test_decisions_that_are_not_so_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    url = f"sqlite:///{path}"
    migrate(url)
    await live(path)
    question = "SELECT id FROM requests WHERE status = 'TimedOut'"
    [(id_,)] = run_sql(url, question)
    assert find_undecided(path, {}) == []
    [fault] = find_undecided(path, {str(id_): ReviewResult.APPROVE})
    assert fault.startswith("decided ['approvalGiven']")
    run_sql(url, "UPDATE requests SET status = 'Denied' WHERE status = 'TimedOut'")
    faults = [fault.partition(str(id_))[0] for fault in find_undecided(path, {})]
    assert faults == ["told as ['approvalTimedOut']: ", "nobody denied "]
