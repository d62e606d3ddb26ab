"""The sign-in log in memory: bounded, in batches, and never in anybody's way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.application.ledger import Counter
from tests.support.builders import DAY, MINUTE, NOON, PERSON, make_object
from timebound.application.ports import LoadedNames
from timebound.application.sign_in_log import (
    FAILURES_A_MINUTE,
    MOST_NOTED,
    STRANGERS_A_MINUTE,
    SignInLog,
)
from timebound.application.sign_in_log_ports import (
    KEPT_FOR,
    Attempt,
    KeptSignIn,
    SentFrom,
    SignInKind,
)
from timebound.domain.directory import DirectoryObject
from timebound.domain.directory_changes import Names
from timebound.domain.ids import ApplicationId, TenantId
from timebound.domain.times import Instant

pytestmark = pytest.mark.inferred(
    "issue 4: nobody can flood the log, and signing in waits for none of it"
)
ALICE = replace(make_object(), user_principal_name="alice@contoso.example")
ATTEMPT = Attempt(
    TenantId("tenant"), NOON, SignInKind.INTERACTIVE, SentFrom("::1"), ApplicationId("app")
)
FAILED = replace(ATTEMPT, fault=50126, reason="wrong")


@dataclass
class Shelf:
    """A store that keeps sign-ins in a list."""

    kept: list[KeptSignIn] = field(default_factory=list)
    batches: int = 0
    forgotten: list[Instant] = field(default_factory=list)

    async def load_names(
        self, tenant_id: TenantId, user_names: Sequence[str], application_ids: Sequence[str]
    ) -> LoadedNames:
        assert tenant_id == "tenant"
        known = (ALICE,) if ALICE.user_principal_name in user_names else ()
        assert set(application_ids) <= {"app"}
        return LoadedNames(Names(frozenset({"contoso.example"}), known), {})

    async def find_objects(
        self, tenant_id: TenantId, ids: Sequence[str]
    ) -> Mapping[str, DirectoryObject]:
        assert tenant_id == "tenant"
        return {PERSON: ALICE} if PERSON in ids else {}

    async def add_sign_ins(self, tenant_id: TenantId, kept: Sequence[KeptSignIn]) -> None:
        assert tenant_id == "tenant"
        self.batches += 1
        self.kept += kept

    async def forget_sign_ins(self, tenant_id: TenantId, before: Instant) -> None:
        assert tenant_id == "tenant"
        self.forgotten.append(before)


@dataclass
class Watch:
    """A clock that a test sets."""

    at: Instant = NOON

    def now(self) -> Instant:
        return self.at


def open_log() -> tuple[SignInLog, Shelf, Watch]:
    shelf, watch = Shelf(), Watch()
    return SignInLog(shelf, Counter(), watch), shelf, watch  # type: ignore[arg-type]  # what is asked of it is there


async def test_what_is_noted_is_kept_with_the_next_batch() -> None:
    log, shelf, _ = open_log()
    log.note(replace(ATTEMPT, user_id=PERSON))
    log.note(replace(ATTEMPT, user_id=PERSON, at=NOON + MINUTE))
    assert shelf.kept == []
    await log.flush()
    assert shelf.batches == 1
    assert [one.at for one in shelf.kept] == [NOON, NOON + MINUTE]
    assert {one.user_principal_name for one in shelf.kept} == {"alice@contoso.example"}
    await log.flush()
    assert shelf.batches == 1


async def test_beyond_what_can_wait_it_is_counted_alone() -> None:
    log, shelf, _ = open_log()
    for _ in range(MOST_NOTED + 7):
        log.note(replace(ATTEMPT, user_id=PERSON))
    assert log.lost == 7
    await log.flush()
    assert len(shelf.kept) == MOST_NOTED


async def test_what_cannot_be_kept_is_counted_and_hinders_no_other_tenant() -> None:
    log, shelf, _ = open_log()
    for tenant in ("elsewhere", "tenant", "elsewhere"):
        log.note(replace(ATTEMPT, tenant_id=TenantId(tenant)))
    with pytest.raises(AssertionError):
        await log.flush()
    assert (len(shelf.kept), log.lost) == (1, 2)


async def test_failures_of_one_account_are_bounded_by_the_minute() -> None:
    log, shelf, _ = open_log()
    for _ in range(FAILURES_A_MINUTE + 5):
        log.note(replace(FAILED, name="Alice@Contoso.example"))
    log.note(replace(FAILED, name="Alice@Contoso.example", at=NOON + MINUTE))
    await log.flush()
    assert len(shelf.kept) == FAILURES_A_MINUTE + 1


async def test_failures_of_nobody_are_bounded_together() -> None:
    log, shelf, _ = open_log()
    for number in range(STRANGERS_A_MINUTE * 2):
        log.note(replace(FAILED, name=f"nobody{number}@contoso.example"))
    log.note(replace(FAILED, name="alice@contoso.example"))
    await log.flush()
    assert len(shelf.kept) == STRANGERS_A_MINUTE + 1
    assert shelf.kept[0].user_principal_name == "nobody0@contoso.example"
    assert shelf.kept[0].user_id is None


@pytest.mark.parametrize(
    "typed",
    [
        "Correct-Horse-Battery",
        "P@ssw0rd!",
        "P@contoso.example!",
        "@contoso.example",
        "a@b@contoso.example",
        "my secret@contoso.example",
        "nobody@elsewhere.example",
        "nobody@sub.contoso.example",
    ],
)
async def test_what_cannot_be_a_name_here_is_not_kept(typed: str) -> None:
    """It may be a password that somebody typed one field too early."""
    log, shelf, _ = open_log()
    log.note(replace(FAILED, name=typed))
    await log.flush()
    (one,) = shelf.kept
    assert (one.user_principal_name, one.user_id, one.fault) == (None, None, 50126)
    assert typed.lower() not in repr(one).lower()


async def test_what_is_old_is_forgotten_now_and_then() -> None:
    log, shelf, watch = open_log()
    for hours in (0, 0.5, 25):
        watch.at = NOON + timedelta(hours=hours)
        log.note(ATTEMPT)
        await log.flush()
    assert shelf.forgotten == [NOON - KEPT_FOR, NOON + timedelta(hours=25) - KEPT_FOR]
    assert KEPT_FOR == 30 * DAY
