"""Resources where whoever calls has or could have roles, and what belongs to one of them."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from timebound.application.favorites import read_favorites
from timebound.application.privileged_resources import (
    Estate,
    HeldRole,
    PrivilegedResource,
    find_held,
    list_group_ids,
    walk_estates,
    walk_resources,
)
from timebound.application.reading import Reader
from timebound.application.related_resources import find_related
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.ids import PROVIDER
from timebound.dialects.arm.names import find_names
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paging import AskedPage, answer_page, ask_page
from timebound.dialects.arm.privileged.favorites import VERSION
from timebound.dialects.arm.privileged.filters import ResourceFilter, read_filter
from timebound.dialects.arm.privileged.keys import read_key
from timebound.dialects.arm.privileged.shapes import show_related, show_resource
from timebound.dialects.arm.refusals import ArmError, Refusal, bad_request
from timebound.dialects.arm.resources.refusing import refuse
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.folding import fold
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId

_PATH: Final = f"/providers/{PROVIDER}/privilegedResources"
_MOST: Final = 1_000
_INVALID: Final = "InvalidRequest"
_ORDERS: Final = {
    "": None,
    "displayname": False,
    "displayname asc": False,
    "displayname desc": True,
}
"""Whether the order that is asked for goes down; none where none is."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of the list, its page aside."""

    filter: ResourceFilter
    is_descending: bool | None
    is_counted: bool
    is_of_pim: bool

    def keeps_estate(self, estate: Estate) -> bool:
        """Whether the resources of a subscription are asked for."""
        return self.filter.keeps_estate(estate) and (estate.has_pim or not self.is_of_pim)


async def list_resources(call: Call) -> Answer:
    """The resources, in the order of their paths unless another one is asked for."""
    asked, page = _read_asked(call), _ask_page(call)
    reader = call.read_at(page.at)
    held = await _find_held(call, reader)
    if asked.is_descending is None and not asked.is_counted:
        rows = await _read_some(reader, held, asked, page)
        goes_on = (_key_of(rows[page.limit - 1]),) if len(rows) > page.limit else None
        return answer_page(call, page, await _show(call, rows[: page.limit]), goes_on)
    every = [one async for one in _walk(reader, held, asked)]
    answer = await _answer_sorted(call, page, every, is_descending=asked.is_descending)
    if asked.is_counted and isinstance(answer.body, dict):
        return replace(answer, body={**answer.body, "count": len(every)})
    return answer


async def _read_some(
    reader: Reader, held: Sequence[HeldRole], asked: _Asked, page: AskedPage
) -> list[PrivilegedResource]:
    """The rows of a page, and one more where there is one."""
    after = _read_after(page, 1)[0] if page.after else ""
    rows: list[PrivilegedResource] = []
    async for one in _walk(reader, held, asked, after):
        rows.append(one)
        if len(rows) > page.limit:
            break
    return rows


async def _walk(
    reader: Reader, held: Sequence[HeldRole], asked: _Asked, after: str = ""
) -> AsyncIterator[PrivilegedResource]:
    """The resources that are asked for, from behind a path on."""
    every = walk_estates(reader, held, after)
    estates = (one async for one in every if asked.keeps_estate(one))
    async for one in walk_resources(reader, estates, after):
        if asked.filter.keeps(one):
            yield one


async def _answer_sorted(
    call: Call, page: AskedPage, every: list[PrivilegedResource], *, is_descending: bool | None
) -> Answer:
    """A page of all rows in order: by name, and where names are the same by path."""
    keys = [_name_of(one) if is_descending is not None else "" for one in every]
    ordered = sorted(zip(keys, map(_key_of, every), every, strict=True), key=lambda one: one[:2])
    if is_descending:
        # Paths go up where names go down: sorting again keeps their order.
        ordered = sorted(ordered, key=lambda one: one[0], reverse=True)
    places = [one[:2] for one in ordered]
    start = 0
    if page.after:
        last = _read_after(page, 2)
        start = next(
            (
                number
                for number, key in enumerate(places)
                if _follows(key, last, is_descending=is_descending)
            ),
            len(places),
        )
    end = start + page.limit
    shown = await _show(call, [one[2] for one in ordered[start:end]])
    return answer_page(call, page, shown, places[end - 1] if end < len(ordered) else None)


def _follows(key: Sequence[str], last: Sequence[str], *, is_descending: bool | None) -> bool:
    if key[0] != last[0]:
        return (key[0] < last[0]) if is_descending else (key[0] > last[0])
    return key[1] > last[1]


def _read_after(page: AskedPage, number: int) -> tuple[str, ...]:
    after = page.after or ()
    texts = tuple(one for one in after if isinstance(one, str))
    if len(after) != number or len(texts) != number:
        message = "The page token was not issued for this request."
        raise ODataProblem(Flaw.PAGE_INVALID, "$skiptoken", message)
    return texts


def _key_of(one: PrivilegedResource) -> str:
    return one.node.place.key


def _name_of(one: PrivilegedResource) -> str:
    return one.node.display_name.lower()


def _read_asked(call: Call) -> _Asked:
    order = " ".join(call.query.get("$orderby", "").lower().split())
    if order not in _ORDERS:
        raise bad_request(
            "The only order of $orderby is 'displayName', 'displayName asc' or 'displayName desc'.",
            "InvalidOrderBy",
        )
    count = call.query.get("$count", "false").lower()
    if count not in ("true", "false"):
        raise bad_request("$count is one of 'true' and 'false'.", "InvalidCount")
    reach = call.query.get("accessscope", "pimOnly").lower()
    if reach not in ("pimonly", "allaccessible"):
        raise bad_request("accessScope is one of 'pimOnly' and 'allAccessible'.", _INVALID)
    found = read_filter(call.query.get("$filter", ""))
    return _Asked(found, _ORDERS[order], count == "true", reach == "pimonly")


def _ask_page(call: Call) -> AskedPage:
    page = ask_page(call)
    text = call.query.get("maxpagesize")
    if text is None:
        return page
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST))
    if not is_number or not 1 <= int(text) <= _MOST:
        raise bad_request(f"maxpagesize is a number from 1 to {_MOST}.", _INVALID)
    return replace(page, limit=min(page.limit, int(text)))


async def _find_held(call: Call, reader: Reader) -> Sequence[HeldRole]:
    found = await find_held(reader)
    if isinstance(found, Refused):
        raise await refuse(call, found)
    return found


def _slots(rows: Sequence[PrivilegedResource]) -> Iterator[Slot]:
    return (role.grant.slot for one in rows for role in one.roles)


async def _find_groups(
    call: Call, rows: Sequence[PrivilegedResource]
) -> Mapping[PrincipalId, DirectoryObject]:
    ids = list(list_group_ids(rows))
    found = await call.ports.store.find_objects(call.token.tenant_id, ids) if ids else {}
    return {one.id: one for one in found.values()}


async def _show(call: Call, rows: Sequence[PrivilegedResource]) -> list[dict[str, object]]:
    names, groups = await find_names(call, _slots(rows)), await _find_groups(call, rows)
    favorites = await read_favorites(call.read_at(call.at))
    paths = set() if isinstance(favorites, Refused) else {fold(one.path) for one in favorites}
    return [show_resource(one, names, groups, is_favorite=_key_of(one) in paths) for one in rows]


async def list_related(call: Call) -> Answer:
    """What has to be reached to connect to a resource, as far as the caller has roles there.

    Refused when the caller has no role at the resource itself.
    """
    reader = call.read_at(call.at)
    place = read_key(call.keys[0], "privilegedResourceId")
    found = await find_related(reader, await _find_held(call, reader), place)
    if found is None:
        message = f"The privileged resource '{call.keys[0][:80]}' was not found."
        raise Refusal(ArmError(HTTPStatus.NOT_FOUND, "ResourceNotFound", message))
    names, groups = await find_names(call, _slots(found)), await _find_groups(call, found)
    shown = [show_related(one, names, groups) for one in found]
    return Answer(HTTPStatus.OK, {"value": shown})


PRIVILEGED_ROWS: Final = (
    Operation("GET", _PATH, VERSION, list_resources),
    Operation("GET", f"{_PATH}/{{privilegedResourceId}}/relatedResources", VERSION, list_related),
)
