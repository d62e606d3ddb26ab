"""Calls of the operations of the Graph door, made at random."""

import json
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from hypothesis import strategies as st

from tests.support.random_bodies import Pools, body_type, objects, spoilt
from timebound.dialects.graph.operations import OPERATIONS, Operation

_ALONE: Final = tuple(row for row in OPERATIONS if row.path != "$batch")
_KEYS: Final = ("x", "'", "%00", "..", "\N{SNOWMAN}", "a" * 300, "null")
_NAMED: Final = {
    "users": "userPrincipalName",
    "applications": "appId",
    "servicePrincipals": "appId",
    "directoryRoles": "roleTemplateId",
}
_PROPERTIES: Final = (
    "id",
    "principalId",
    "roleDefinitionId",
    "directoryScopeId",
    "targetScheduleId",
    "createdBy/user/id",
    "appId",
    "displayName",
    "principalIds/any(x:x",
)
_PLAIN: Final = (
    "$expand=*",
    "$expand=principal,roleDefinition",
    "$expand=members,owners",
    "$expand=memberOf($select=id)",
    "$select=id,displayName",
    "$top=3",
    "$top=-1",
    "$count=true",
    '$search="displayName:a"',
    "$orderby=id",
    "$orderby=displayName desc",
    "$skip=1",
    "$skiptoken=x",
    "$deltatoken=x",
    "$nope=1",
)
_HEADERS: Final = (
    ("consistencylevel", ("eventual", "strong", "")),
    ("prefer", ("return=minimal", "return=representation", "odata.maxpagesize=2", ";=,")),
    ("if-match", ("*", 'W/"x"', "x")),
    ("accept", ("application/json;odata.metadata=full", "text/html", "*/*;q=x")),
    ("odata-version", ("4.0", "9")),
    ("client-request-id", ("11111111-2222-4333-8444-555555555555", "x")),
)
KINDS: Final = ("application/json", "application/json; charset=utf-16", "text/plain", "")


@dataclass(frozen=True, slots=True)
class Sent:
    """A call, but for who makes it."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None


@st.composite
def calls(draw: st.DrawFn, operation: Operation, pools: Pools, *, is_spoilt: bool = False) -> Sent:
    """A call of an operation with what the pools hold; spoilt in places if that is asked for."""
    version = draw(st.sampled_from(sorted(one.value for one in operation.versions)))
    url = f"/{version}/{draw(_paths(operation, pools, is_spoilt=is_spoilt))}"
    query = draw(_queries(pools))
    headers = {name: draw(st.sampled_from(values)) for name, values in _HEADERS if draw(_seldom())}
    content = None
    if operation.method in {"POST", "PATCH"}:
        content = draw(_contents(operation, pools, is_spoilt=is_spoilt))
        is_told = not (is_spoilt and draw(_seldom()))
        headers["content-type"] = KINDS[0] if is_told else draw(st.sampled_from(KINDS))
    return Sent(operation.method, f"{url}?{query}" if query else url, headers, content)


def _seldom() -> st.SearchStrategy[bool]:
    return st.sampled_from((False, False, False, True))


@st.composite
def _paths(draw: st.DrawFn, operation: Operation, pools: Pools, *, is_spoilt: bool) -> str:
    steps: list[str] = []
    for step in operation.path.split("/"):
        if step != "{id}":
            steps.append(step + draw(_arguments(step, pools)))
            continue
        key = draw(st.sampled_from(pools.ids))
        if is_spoilt and draw(_seldom()):
            key = draw(st.sampled_from(_KEYS) | st.text(min_size=1, max_size=8))
        written = quote(key, safe="")
        match draw(st.sampled_from(("slash", "slash", "brackets", "named"))):
            case "brackets":
                steps[-1] += f"('{written}')"
            case "named" if steps[-1] in _NAMED and len(steps) == 1:
                steps[-1] += f"({_NAMED[steps[-1]]}='{written}')"
            case _:
                steps.append(written)
    is_counted = operation.method == "GET" and draw(_seldom()) and draw(st.booleans())
    return "/".join([*steps, "$count"] if is_counted else steps)


@st.composite
def _arguments(draw: st.DrawFn, step: str, pools: Pools) -> str:
    id_ = st.sampled_from(pools.ids)
    match step:
        case "filterByCurrentUser":
            return f"(on='{draw(st.sampled_from(('principal', 'approver', 'createdBy', 'x')))}')"
        case "roleSchedules" | "roleScheduleInstances":
            scope = draw(st.sampled_from(pools.scopes))
            slot = f"directoryScopeId='{scope}',appScopeId='',principalId='{draw(id_)}'"
            return f"({slot},roleDefinitionId='{draw(id_)}')"
        case "assignedPrincipals" if draw(st.booleans()):
            return f"(directoryScopeType='tenant',directoryScopeId='{draw(id_)}')"
        case _:
            return ""


@st.composite
def _queries(draw: st.DrawFn, pools: Pools) -> str:
    parts = draw(st.lists(st.sampled_from(_PLAIN), max_size=2, unique=True))
    if draw(st.booleans()):
        name, value = draw(st.sampled_from(_PROPERTIES)), draw(st.sampled_from(pools.ids))
        ending = ")" if "any(" in name else ""
        parts.append(f"$filter={name} eq '{value}'{ending}")
    return "&".join(quote(part, safe="$=&,()'*/;") for part in parts)


@st.composite
def _contents(
    draw: st.DrawFn, operation: Operation, pools: Pools, *, is_spoilt: bool
) -> bytes | None:
    if operation.path == "$batch":
        body: object = draw(_batches(pools))
    elif (type_ := body_type(operation)) is None:
        body = {}
    else:
        body = draw(objects(type_, pools))
    return draw(spoilt(body)) if is_spoilt else json.dumps(body).encode()


@st.composite
def _batches(draw: st.DrawFn, pools: Pools) -> dict[str, object]:
    requests: list[dict[str, object]] = []
    for number in range(draw(st.integers(0, 3))):
        sent = draw(calls(draw(st.sampled_from(_ALONE)), pools))
        part: dict[str, object] = {
            "id": str(number),
            "method": sent.method,
            "url": sent.url.removeprefix("/v1.0").removeprefix("/beta"),
        }
        if sent.content:
            part |= {"headers": sent.headers, "body": json.loads(sent.content)}
        is_later = draw(_seldom())
        if requests and is_later:
            part["dependsOn"] = [requests[-1]["id"]]
        requests.append(part)
    return {"requests": requests}
