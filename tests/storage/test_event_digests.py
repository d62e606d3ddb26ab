"""The digest of an event covers all that its row says, so that an edited row can be found."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.storage.world import HOUR, NOON, World
from tests.support.events import read_rows
from timebound.application.changes import ChangeSet
from timebound.domain.events import Actor, Event, EventKind
from timebound.domain.ids import ApplicationId, EventId, PrincipalId, TenantId
from timebound.storage.documents import digest_event

TENANT = TenantId("a tenant")
EVENT = Event(
    id=EventId("an id"),
    kind=EventKind.GRANT_MADE,
    effective_at=NOON + HOUR,
    recorded_at=NOON,
    correlation_id="correlation",
    actor=Actor(PrincipalId("somebody"), ApplicationId("something")),
    subject_id="subject",
    data={"reason": "Größe \u2028 \x01", "rules": ("MfaRule", "JustificationRule"), "of": {}},
)
EDITS: Mapping[str, Mapping[str, object]] = {
    "id": {"id": EventId("another")},
    "kind": {"kind": EventKind.GRANT_ENDED},
    "when it took effect": {"effective_at": NOON + 2 * HOUR},
    "when it was decided": {"recorded_at": NOON - HOUR},
    "correlation": {"correlation_id": "another"},
    "person": {"actor": replace(EVENT.actor, user_id=None)},
    "application": {"actor": replace(EVENT.actor, application_id=None)},
    "subject": {"subject_id": "another"},
    "data": {"data": {**EVENT.data, "reason": "Size"}},
}


@pytest.mark.documented("ADR 7: an event carries a digest over its own canonical form")
@pytest.mark.parametrize("edit", EDITS.values(), ids=list(EDITS))
def test_no_edit_keeps_the_digest(edit: Mapping[str, Any]) -> None:
    assert digest_event(TENANT, replace(EVENT, **edit)) != digest_event(TENANT, EVENT)
    assert digest_event(TenantId("another"), EVENT) != digest_event(TENANT, EVENT)


@pytest.mark.inferred("whoever verifies has the row alone, on either database")
async def test_the_digest_is_found_again_from_the_row(world: World, database_url: str) -> None:
    event = replace(EVENT, id=EventId(world.new_id("9")))
    change = ChangeSet(world.tenant, NOON, {}, frozenset(), events=(event,))
    assert await world.store.apply(change)
    rows = await read_rows(database_url, "events", world.tenant)
    [row] = [row for row in rows if row["id"] == event.id]
    assert row["digest"] == _digest(row)


def _digest(row: Mapping[str, Any]) -> str:
    said = {
        "tenant": row["tenant_id"],
        "id": row["id"],
        "kind": row["kind"],
        "effectiveAt": _text(row["effective_at"]),
        "recordedAt": _text(row["recorded_at"]),
        "correlationId": row["correlation_id"],
        "actorUser": row["actor_user_id"],
        "actorApplication": row["actor_application_id"],
        "subject": row["subject_id"],
        "data": json.loads(row["data"]),
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _text(value: str | datetime) -> str:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
