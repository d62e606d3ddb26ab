"""Principals and policies: what changing them stores, tells and guards."""

from dataclasses import replace

import pytest

from tests.application.ledger import VERSIONS, Ledger, make_engine
from tests.domain.deciding import told
from tests.support.builders import (
    BOSS,
    HOUR,
    NOON,
    PERSON,
    make_activation,
    make_administrator,
    make_caller,
    make_chain,
    make_grant,
    make_granted,
    make_object,
    make_path,
    make_request,
)
from timebound.application.changes import (
    ADMINISTRATORS,
    EndGrant,
    EndSignIns,
    PutObject,
    principal_key,
)
from timebound.application.principals import delete_principal, set_enabled
from timebound.domain.decide import Refused
from timebound.domain.directory import end_sessions
from timebound.domain.events import EventKind
from timebound.domain.principal_changes import PrincipalFacts
from timebound.domain.requests import Status
from timebound.domain.roles import GLOBAL_ADMINISTRATOR

GLOBAL = make_caller(BOSS, GLOBAL_ADMINISTRATOR)
ALICE = make_object()
LAST = (make_path(PERSON, make_administrator(PERSON)),)
TWO = (*LAST, make_path(BOSS, make_administrator(BOSS)))


def ledger_of(**changes: object) -> Ledger:
    facts = replace(PrincipalFacts(GLOBAL, ALICE, administrators=TWO), **changes)  # type: ignore[arg-type]  # the fields are the test's
    return Ledger(principal_facts=facts)


@pytest.mark.inferred("promise 11 of the design: it races with removals of administrators")
@pytest.mark.parametrize("is_enabled", [True, False])
async def test_disabling_is_one_change_that_conflicts_with_other_losses(
    *, is_enabled: bool
) -> None:
    ledger = ledger_of()
    engine, token = make_engine(ledger), GLOBAL.token
    changed = await set_enabled(engine, token, PERSON, is_enabled=is_enabled, at=NOON)
    kept = replace(ALICE, is_enabled=is_enabled)
    assert changed == kept
    ended = (PutObject(end_sessions(kept, NOON)), EndSignIns(PERSON))
    assert ledger.change.writes == ((PutObject(kept),) if is_enabled else ended)
    assert ledger.change.bumps == {principal_key(PERSON), ADMINISTRATORS}
    assert ledger.change.expects == VERSIONS
    (event,) = ledger.events
    assert (event.kind, event.subject_id) == (EventKind.PRINCIPAL_CHANGED, PERSON)
    assert event.data["isEnabled"] is is_enabled


@pytest.mark.inferred("the design's data: a deleted principal's grants end")
async def test_deleting_ends_what_is_held_planned_and_asked() -> None:
    eligible = make_grant()
    planned = make_activation(NOON + HOUR, NOON + 2 * HOUR)
    granted, waiting = make_granted(planned), make_request()
    ledger = ledger_of(
        grants=(eligible, planned),
        requests=(granted, waiting),
        chain=make_chain((planned,), eligible),
    )
    ledger.requests = {granted.id: granted, waiting.id: waiting}
    engine = make_engine(ledger)
    changed = await delete_principal(engine, GLOBAL.token, PERSON, NOON)
    assert changed == replace(ALICE, deleted_at=NOON)
    ended = [w for w in ledger.change.writes if isinstance(w, EndGrant)]
    assert [(e.grant_id, e.at) for e in ended] == [(eligible.id, NOON), (planned.id, NOON)]
    assert {r.status for r in ledger.requests.values()} == {Status.FAILED}
    assert [e.kind for e in ledger.events] == [
        EventKind.OBJECT_DELETED,
        EventKind.GRANT_ENDED,
        EventKind.GRANT_ENDED,
    ]
    assert len({e.correlation_id for e in ledger.events}) == 1


@pytest.mark.inferred("promise 11 of the design: refused, told, and decided anew after a conflict")
async def test_the_last_administrator_stays_whoever_is_first() -> None:
    def remove_the_other(ledger: Ledger) -> None:
        assert ledger.principal_facts
        ledger.principal_facts = replace(ledger.principal_facts, administrators=LAST)

    ledger = ledger_of()
    ledger.intervenes = [remove_the_other]
    engine = make_engine(ledger)
    refused = await set_enabled(engine, GLOBAL.token, PERSON, is_enabled=False, at=NOON)
    assert isinstance(refused, Refused)
    assert [told(p) for p in refused.problems] == ["lastAdministrator"]
    assert [e.kind for e in ledger.events] == [EventKind.CHANGE_REFUSED]
    assert all(change.writes == () for change in ledger.changes)
