"""Whatever is given, used and taken away in Azure: all that tells of it says the same."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scenarios.azure_agreement import GIVEN, GROUPS, MINUTE, PEOPLE, PLACES, Step, live
from tests.scenarios.company import BEGAN
from timebound.application.access_ports import AccessQuestion, LoadedAccess
from timebound.application.azure_ports import LoadedRights
from timebound.application.ports import Store
from timebound.application.queries import Page, Query
from timebound.application.views import Audience, GrantRow, View
from timebound.domain.authority import Token
from timebound.domain.requests import RequestKind
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant
from timebound.storage.migrating import migrate
from timebound.storage.sqlite import SqliteStore

PROMISE: Final = pytest.mark.inferred("design: one relation, which every answer is computed from")
BOUNDED: Final = settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

people: Final = st.sampled_from(PEOPLE)
groups: Final = st.sampled_from(GROUPS)
slots: Final = st.tuples(
    st.sampled_from((*PEOPLE, *GROUPS)), st.sampled_from(GIVEN), st.sampled_from(PLACES)
)
own_slots: Final = st.tuples(people, st.sampled_from(GIVEN), st.sampled_from(("/", *PLACES)))
kinds: Final = st.sampled_from(RequestKind)
hours: Final = st.integers(1, 4)
steps: Final = st.one_of(
    st.tuples(st.just("give"), kinds, slots, st.integers(0, 2), hours),
    st.tuples(st.just("activate"), own_slots, hours),
    st.tuples(st.just("activate"), own_slots, hours),
    st.tuples(st.just("deactivate"), people, st.integers(0, 9)),
    st.tuples(st.just("take"), kinds, st.integers(0, 9)),
    st.tuples(st.just("put"), slots),
    st.tuples(st.just("delete"), people, st.integers(0, 9)),
    st.tuples(st.just("join"), st.sampled_from((*PEOPLE, *GROUPS)), groups),
    st.tuples(st.just("leave"), st.sampled_from((*PEOPLE, *GROUPS)), groups),
    st.tuples(st.just("pass"), st.one_of(st.none(), st.integers(5, 150))),
)


@PROMISE
@given(history=st.lists(steps, min_size=4, max_size=12))
@BOUNDED
async def test_all_that_tells_of_somebody_says_the_same(store: Store, history: list[Step]) -> None:
    await live(store, history)


def a_minute_before(at: Instant) -> Instant:
    """When word left that arrives now; who owns everything has done so from the beginning."""
    return max(BEGAN, at - MINUTE)


class LateChecks(SqliteStore):
    """A store that tells enforcement points what was a minute ago."""

    async def load_access(self, question: AccessQuestion, at: Instant) -> LoadedAccess:
        """What was held that could count."""
        loaded, left = await super().load_access(question, at), a_minute_before(at)
        facts = {
            place: replace(one, grants=tuple(g for g in one.grants if g.window.start <= left))
            for place, one in loaded.facts.items()
        }
        return replace(loaded, facts=facts)


class LateRights(SqliteStore):
    """A store that tells people what they could do a minute ago."""

    async def load_rights(self, token: Token, scope: Scope, at: Instant) -> LoadedRights:
        """The rights that they had."""
        return await super().load_rights(token, scope, a_minute_before(at))


class LateLists(SqliteStore):
    """A store that lists the role assignments that there were a minute ago."""

    async def read_grants(
        self, view: View, audience: Audience, query: Query, at: Instant
    ) -> Page[GrantRow]:
        """A page of what there was."""
        if view is View.ROLE_ASSIGNMENTS:
            at = a_minute_before(at)
        return await super().read_grants(view, audience, query, at)


@PROMISE
@pytest.mark.parametrize("broken", [LateChecks, LateRights, LateLists])
async def test_what_says_something_else_is_noticed(
    broken: type[SqliteStore], tmp_path: Path
) -> None:
    migrate(f"sqlite:///{tmp_path / 'store.db'}")
    store = broken(tmp_path / "store.db")
    await store.open()
    give = ("give", RequestKind.ASSIGNMENT, ("eve", "Reports Reader", "North"), 0, 1)
    try:
        await live(store, [("pass", 5)])
        with pytest.raises(AssertionError):
            await live(store, [("pass", 5), give])
    finally:
        await store.close()
