"""What a browser carries from page to page, and cannot change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from timebound.application.sign_in_ports import SignedIn
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.times import Instant
from timebound.identity.flows.interaction import LIFE, Interaction, Interactions, is_local
from timebound.identity.sealing import MasterKey

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
MASTER = MasterKey(b"m" * 32)
TENANT, OTHER = TenantId("t-1"), TenantId("t-2")
ASKED = Interaction(
    back="/t-1/oauth2/v2.0/authorize?state=a%20b",
    tenant_id=TENANT,
    application_name="Bücher",
    login_hint="ada@small.example",
    fresh_since=NOON,
    factors=frozenset({"mfa"}),
    contexts=frozenset({"c1"}),
    details={"scope": "User.Read"},
)


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> Instant:
        return self.at


@pytest.mark.inferred("only what we sealed is followed, so that no redirect is open")
def test_what_is_sealed_comes_back_whole_and_to_its_tenant_alone() -> None:
    interactions = Interactions(MASTER, Watch())
    sealed = interactions.seal(ASKED)
    assert interactions.open(sealed, TENANT) == ASKED
    assert interactions.open(sealed, None) == ASKED
    assert interactions.open(sealed, OTHER) is None
    assert "ada" not in sealed
    bare = Interaction("/t-1/security", TENANT)
    assert interactions.open(interactions.seal(bare), TENANT) == bare


@pytest.mark.inferred("only what we sealed is followed, so that no redirect is open")
def test_nothing_else_is_opened() -> None:
    interactions = Interactions(MASTER, Watch())
    sealed = interactions.seal(ASKED)
    changed = sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1]
    for text in ("", "x", "ä", changed, sealed[:40], sealed + "AAAA"):
        assert interactions.open(text, TENANT) is None
    assert Interactions(MasterKey(b"n" * 32), Watch()).open(sealed, TENANT) is None


@pytest.mark.inferred("a page that was left open for long asks to begin anew")
def test_it_is_over_after_an_hour() -> None:
    watch = Watch()
    interactions = Interactions(MASTER, watch)
    sealed = interactions.seal(ASKED)
    watch.at = NOON + LIFE - timedelta(seconds=1)
    assert interactions.open(sealed, TENANT) == ASKED
    watch.at = NOON + LIFE
    assert interactions.open(sealed, TENANT) is None


@pytest.mark.inferred("under `common` the name that somebody types decides the tenant")
def test_a_tenant_that_is_open_is_decided_later() -> None:
    interactions = Interactions(MASTER, Watch())
    shared = replace(ASKED, back="/common/oauth2/v2.0/authorize?a=1", tenant_id=None)
    sealed = interactions.seal(shared)
    assert interactions.open(sealed, None) == shared
    decided = interactions.open(sealed, TENANT)
    assert decided is not None
    assert decided.tenant_id == TENANT
    assert decided.back_in(TENANT) == "/t-1/oauth2/v2.0/authorize?a=1"
    assert ASKED.back_in(OTHER) == ASKED.back


@pytest.mark.documented("OpenID Connect Core, 3.1.2.1: max_age, prompt=login; claims: acrs")
def test_what_is_lacking_is_told_apart() -> None:
    who = SignedIn(PrincipalId("ada"), NOON, ("pwd", "otp", "mfa"), "", "")
    assert ASKED.is_satisfied_by(who)
    assert not ASKED.is_satisfied_by(replace(who, at=NOON - timedelta(microseconds=1)))
    assert not ASKED.is_satisfied_by(replace(who, methods=("pwd",)))
    assert ASKED.needs_second_factor
    assert Interaction("/", TENANT).is_satisfied_by(replace(who, methods=()))


@pytest.mark.inferred("a browser reads some paths as addresses of other hosts")
@pytest.mark.parametrize(
    "path", ["//evil", "/\\evil", "https://evil", "", "/a\r\nb", "/a\\b", "/ä"]
)
def test_nobody_is_sent_to_another_origin(path: str) -> None:
    assert not is_local(path)
    with pytest.raises(ValueError, match="origin"):
        Interaction(path, TENANT)
