"""Questions about roles beyond what is held: who may ask, and as of when they are answered."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast

import pytest

from tests.support.builders import NOON, PERSON, make_boss, make_caller
from timebound.application.ports import ReadingStore
from timebound.application.queries import Query
from timebound.application.reading import Reader
from timebound.application.role_ports import Assigned
from timebound.application.role_reading import (
    read_actions,
    read_assigned,
    read_namespaces,
    read_transitive,
)
from timebound.application.views import Audience, Relation, View
from timebound.domain.authority import Caller, Token
from timebound.domain.decide import Refused
from timebound.domain.ids import RoleId, TenantId
from timebound.domain.settings import TenantSettings
from timebound.domain.times import Instant

QUERY = Query(limit=10)
ASSIGNED = Assigned(RoleId("helpdesk"))
DELAY = timedelta(seconds=15)


@dataclass
class Shelf:
    """Answers nothing, and remembers as of when it was asked."""

    caller: Caller
    asked: list[Instant] = field(default_factory=list)

    async def load_caller(self, token: Token, at: Instant) -> Caller:
        assert (token, at) == (self.caller.token, NOON)
        return self.caller

    async def read_grants(
        self, view: View, audience: Audience, query: Query, at: Instant
    ) -> tuple[()]:
        assert (view, query) == (View.TRANSITIVE_ASSIGNMENTS, QUERY)
        assert (audience.relation, audience.principal_id) == (Relation.PRINCIPAL, PERSON)
        self.asked.append(at)
        return ()

    async def read_assigned(
        self, tenant_id: TenantId, assigned: Assigned, query: Query, at: Instant
    ) -> tuple[()]:
        assert (tenant_id, assigned, query) == (self.caller.token.tenant_id, ASSIGNED, QUERY)
        self.asked.append(at)
        return ()


def reader_of(shelf: Shelf) -> Reader:
    return Reader(cast("ReadingStore", shelf), shelf.caller.token, NOON)


@pytest.mark.inferred("behaviour book 1.10: word of a change takes as long, whoever tells it")
@pytest.mark.parametrize("delay", [timedelta(0), DELAY])
async def test_what_is_held_is_told_when_word_has_arrived(delay: timedelta) -> None:
    shelf = Shelf(replace(make_boss(), settings=TenantSettings(propagation_delay=delay)))
    await read_transitive(reader_of(shelf), PERSON, QUERY)
    await read_assigned(reader_of(shelf), ASSIGNED, QUERY)
    assert shelf.asked == [NOON - delay] * 2


@pytest.mark.documented("roles and permissions of each of the lists")
async def test_who_may_not_ask_never_reaches_the_store() -> None:
    shelf = Shelf(make_caller())
    reader = reader_of(shelf)
    for answer in (
        await read_transitive(reader, PERSON, QUERY),
        await read_assigned(reader, ASSIGNED, QUERY),
        await read_namespaces(reader, QUERY),
        await read_actions(reader, "microsoft.directory", QUERY),
    ):
        assert isinstance(answer, Refused)
    assert shelf.asked == []
