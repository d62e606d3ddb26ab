"""Where whoever calls holds a role in Azure, themselves or through groups: all of it, or around."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, exists, func, or_, select

from timebound.domain.authority import Token
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant
from timebound.storage.callers import CALLER, caller_groups
from timebound.storage.compiling import Statement, by_holder
from timebound.storage.fragments import AZURE, ELIGIBLE, TENANT, constant, grants_as, in_force
from timebound.storage.standing import SCOPE, ancestors


def around_parameters(token: Token, place: Scope, at: Instant) -> dict[str, object]:
    """The parameters of the statements about a subscription."""
    return {
        "tenant": token.tenant_id,
        "caller": token.principal_id,
        "scope": place.path,
        "at": at,
    }


@cache
def held_places() -> Statement:
    """The statement about all places."""
    direct, through = _held(is_around=False)
    return Statement(direct.union(through))


@cache
def held_around() -> Statement:
    """The statement about those above a subscription, those in it, and itself."""
    direct, through = _held(is_around=True)
    return Statement(direct.union(through))


@cache
def any_held_around() -> Statement:
    """Whether there is any of these."""
    direct, through = _held(is_around=True)
    return Statement(select(or_(exists(direct), exists(through)).label("is_held")))


def _held(*, is_around: bool) -> tuple[Select[Any], Select[Any]]:
    """The places where the caller holds something, and where groups of theirs do."""
    groups = caller_groups()
    own, through = grants_as("placed"), grants_as("placed_through")
    direct = select(own.c.scope).where(own.c.principal_id == CALLER, *_gives(own))
    of_groups = (
        select(through.c.scope)
        .join_from(groups, through, through.c.principal_id == groups.c.scope)
        .where(*_gives(through))
    )
    if not is_around:
        return direct, of_groups
    above = select(ancestors("places_above").c.path)
    return (
        direct.where(_is_around(own.c.scope, above)),
        of_groups.where(_is_around(through.c.scope, above)),
    )


def _gives(held: FromClause) -> Iterable[ColumnElement[bool]]:
    return (
        held.c.tenant_id == TENANT,
        held.c.scope_kind == AZURE,
        held.c.kind != ELIGIBLE,
        in_force(held),
    )


def _is_around(scope: ColumnElement[str], above: Select[Any]) -> ColumnElement[bool]:
    """It is the place in the parameter `scope`, one above it, or told by its path to be below."""
    slash = constant("/")
    start = func.substr(scope, 1, func.length(SCOPE) + 1)
    return or_(by_holder(scope).in_(above), start == SCOPE.concat(slash))
