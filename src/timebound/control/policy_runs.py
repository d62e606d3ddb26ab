"""The door where many policies are changed in one run, and where its report is."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from timebound.application.engine import Engine
from timebound.application.policy_runs import (
    Copied,
    Progress,
    RunOrder,
    advance_run,
    read_run,
    start_run,
)
from timebound.application.ports import Ports
from timebound.application.reading import Reader
from timebound.control.answers import tell
from timebound.control.calls import (
    BAD,
    Asked,
    Handler,
    Id,
    RefusedError,
    answer_refusals,
    find_address,
    read_body,
    read_number,
    read_query,
    refuse_problems,
    verify_bearer,
)
from timebound.control.problems import show_problem
from timebound.control.rule_documents import read_rules
from timebound.domain.decide import Refused
from timebound.domain.ids import RoleId
from timebound.domain.policies import RULE_SLOTS, Rule
from timebound.domain.policy_places import PolicyPlace
from timebound.domain.policy_runs import ItemState, RunItem
from timebound.domain.scopes import DIRECTORY_ROOT, group_scope

PATH: Final = "/control/policies/changes"
_MOST_PLACES: Final = 1_000
_MOST_AT_ONCE: Final = 500
_AT_ONCE: Final = 50
_PAGE: Final = 100
_LONGEST_ID: Final = 80


class _Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing unknown, never changed."""


class GroupBody(_Shape, frozen=True):
    """The policy of a group's members, or of its owners."""

    id: Id
    access: Literal["member", "owner"]


_Roles = Annotated[list[Id], msgspec.Meta(min_length=1, max_length=_MOST_PLACES)]
_Groups = Annotated[list[GroupBody], msgspec.Meta(min_length=1, max_length=_MOST_PLACES)]


class FromBody(_Shape, frozen=True):
    """The policy whose rules are copied: all of them unless some are named."""

    role: Id | None = None
    group: GroupBody | None = None
    rules: Annotated[list[str], msgspec.Meta(min_length=1, max_length=17)] | None = None


class ToBody(_Shape, frozen=True):
    """The policies that are changed: of directory roles, or of groups."""

    roles: Literal["all"] | _Roles | None = None
    groups: _Groups | None = None


class RunBody(_Shape, frozen=True):
    """What is to be changed in which policies: rules as they are given, or as another has them."""

    to: ToBody
    rules: Annotated[dict[str, Any], msgspec.Meta(min_length=1, max_length=17)] | None = None
    source: FromBody | None = msgspec.field(name="from", default=None)


def policy_run_routes(ports: Ports) -> dict[str, dict[str, Handler]]:
    """The paths of runs, in either profile."""

    async def start(request: Request) -> Response:
        reader = await _begin(ports, request)
        read_query(request, ())
        order = _read_order(await read_body(request, RunBody))
        started = await start_run(_open_engine(ports, request), reader, order)
        if isinstance(started, Refused):
            raise refuse_problems(started)
        return tell(_show(started), HTTPStatus.CREATED)

    async def advance(request: Request) -> Response:
        reader = await _begin(ports, request)
        asked = read_query(request, ("id", "limit"))
        limit = min(read_number(asked, "limit", _AT_ONCE), _MOST_AT_ONCE)
        engine = _open_engine(ports, request)
        done = await advance_run(engine, ports.store, reader, _read_id(asked), limit)
        if isinstance(done, Refused):
            raise refuse_problems(done)
        return tell(_show(done))

    async def report(request: Request) -> Response:
        reader = await _begin(ports, request)
        asked = read_query(request, ("id", "after", "limit"))
        limit = min(read_number(asked, "limit", _PAGE), _MOST_AT_ONCE)
        after = read_number(asked, "after", 0)
        found = await read_run(ports.store, reader, _read_id(asked), after, limit)
        if isinstance(found, Refused):
            raise refuse_problems(found)
        progress, items = found
        more = items[-1].position if items and len(items) == limit else None
        return tell({**_show(progress), "items": _show_items(items), "next": more})

    return {
        PATH: {"POST": answer_refusals(start), "GET": answer_refusals(report)},
        f"{PATH}/advance": {"POST": answer_refusals(advance)},
    }


async def _begin(ports: Ports, request: Request) -> Reader:
    token = await verify_bearer(ports.tokens, request)
    return Reader(ports.store, token, ports.clock.now())


def _open_engine(ports: Ports, request: Request) -> Engine:
    return Engine(ports.store, ports.ids, find_address(request))


def _read_id(asked: Asked) -> str:
    id_ = asked.get("id", "")
    if not (id_.isascii() and id_.isprintable() and 0 < len(id_) <= _LONGEST_ID):
        raise RefusedError(BAD, "MissingParameter", "`id` says which run.")
    return id_


def _read_order(body: RunBody) -> RunOrder:
    if (body.rules is None) == (body.source is None):
        raise RefusedError(BAD, "InvalidBody", "Either `rules` or `from`.")
    if (body.to.roles is None) == (body.to.groups is None):
        raise RefusedError(BAD, "InvalidBody", "Either `to/roles` or `to/groups`.")
    rules = _read_source(body.source) if body.source else read_rules(body.rules or {})
    if body.to.groups is not None:
        return RunOrder(rules, tuple(_place_group(one) for one in body.to.groups))
    roles = () if body.to.roles == "all" else body.to.roles or ()
    return RunOrder(rules, tuple(_place_role(one) for one in roles))


def _read_source(source: FromBody) -> Mapping[str, Rule] | Copied:
    named = frozenset(source.rules or ())
    unknown = sorted(named - frozenset(RULE_SLOTS))
    if unknown:
        message = f"`from/rules`: `{unknown[0][:80]}` is no rule of a policy."
        raise RefusedError(BAD, "InvalidBody", message)
    if source.role is not None and source.group is None:
        return Copied(_place_role(source.role), named)
    if source.group is not None and source.role is None:
        return Copied(_place_group(source.group), named)
    raise RefusedError(BAD, "InvalidBody", "Either `from/role` or `from/group`.")


def _place_role(role_id: str) -> PolicyPlace:
    return PolicyPlace(DIRECTORY_ROOT, RoleId(role_id.lower()))


def _place_group(group: GroupBody) -> PolicyPlace:
    return PolicyPlace(group_scope(group.id.lower()), RoleId(group.access))


def _show(progress: Progress) -> dict[str, object]:
    run = progress.run
    return {
        "id": run.id,
        "createdAt": run.created_at,
        "createdBy": run.created_by,
        "rules": sorted(run.rules),
        "total": run.total,
        "done": run.total - progress.count(ItemState.PENDING),
        **{state.value: progress.count(state) for state in ItemState},
    }


def _show_items(items: Sequence[RunItem]) -> list[Mapping[str, object]]:
    return [
        {
            "position": item.position,
            "scopeKind": item.place.scope.kind.value,
            "scope": item.place.scope.path,
            "role": item.place.role_id,
            "state": item.state.value,
            "problem": None if item.problem is None else show_problem(item.problem),
            "doneAt": item.done_at,
        }
        for item in items
    ]
