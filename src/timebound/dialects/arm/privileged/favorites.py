"""Favorites of whoever calls: listed, read, put and deleted."""

from http import HTTPStatus
from typing import Final

import msgspec

from timebound.application.favorites import (
    find_favorite,
    put_favorite,
    read_favorites,
    remove_favorite,
)
from timebound.application.mark_ports import Favorite
from timebound.dialects.arm.bodies import read_body
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.ids import PROVIDER
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paging import answer_rows
from timebound.dialects.arm.paths import tidy_id
from timebound.dialects.arm.privileged.keys import read_key, refuse_key, spell_key
from timebound.dialects.arm.refusals import ArmError, Refusal
from timebound.dialects.arm.resources.generic import work_of
from timebound.dialects.arm.resources.refusing import refuse
from timebound.domain.decide import Refused

VERSION: Final = frozenset({"2026-06-01-preview"})
_COLLECTION: Final = "privilegedResourceFavorites"
_PATH: Final = f"/providers/{PROVIDER}/{_COLLECTION}"
_ONE: Final = f"{_PATH}/{{favoriteId}}"
_KEY: Final = "favoriteId"


class PrivilegedResourceFavoriteProperties(msgspec.Struct, rename="camel", frozen=True):
    """What is a favorite."""

    resource_id: str


class PrivilegedResourceFavorite(msgspec.Struct, frozen=True):
    """A favorite as it is put."""

    properties: PrivilegedResourceFavoriteProperties


async def list_favorites(call: Call) -> Answer:
    """The caller's favorites."""
    found = await _read(call)
    return answer_rows(call, found, lambda one: spell_key(one.path), _show)


async def get_favorite(call: Call) -> Answer:
    """One of the caller's favorites; another's is not there."""
    place = read_key(call.keys[0], _KEY)
    found = find_favorite(await _read(call), place.path)
    if found is None:
        message = f"The favorite '{call.keys[0][:80]}' was not found."
        raise Refusal(ArmError(HTTPStatus.NOT_FOUND, "ResourceNotFound", message))
    return Answer(HTTPStatus.OK, _show(found))


async def put(call: Call) -> Answer:
    """Makes a place a favorite, 201; one that is already stays as it is, 200.

    Refused when the key is not that of the place, and to who may neither read it nor is told of it
    among their privileged resources.
    """
    asked = read_body(call.body, PrivilegedResourceFavorite).properties.resource_id
    place = read_key(call.keys[0], _KEY)
    if spell_key(tidy_id(asked)) != call.keys[0]:
        raise refuse_key(_KEY)
    marked = await put_favorite(work_of(call), call.read_at(call.at), place)
    if isinstance(marked, Refused):
        raise await refuse(call, marked)
    status = HTTPStatus.CREATED if marked.is_new else HTTPStatus.OK
    return Answer(status, _show(marked.favorite))


async def delete(call: Call) -> Answer:
    """Makes a place no favorite any more, 200; 204 where it was none."""
    place = read_key(call.keys[0], _KEY)
    was_one = await remove_favorite(work_of(call), call.read_at(call.at), place.path)
    if isinstance(was_one, Refused):
        raise await refuse(call, was_one)
    return Answer(HTTPStatus.OK if was_one else HTTPStatus.NO_CONTENT)


async def _read(call: Call) -> tuple[Favorite, ...]:
    found = await read_favorites(call.read_at(call.at))
    if isinstance(found, Refused):
        raise await refuse(call, found)
    return found


def _show(one: Favorite) -> dict[str, object]:
    key = spell_key(one.path)
    return {
        "id": f"{_PATH}/{key}",
        "name": key,
        "type": f"{PROVIDER}/{_COLLECTION}",
        "properties": {"resourceId": one.path},
    }


FAVORITE_ROWS: Final = (
    Operation("GET", _PATH, VERSION, list_favorites),
    Operation("GET", _ONE, VERSION, get_favorite),
    Operation("PUT", _ONE, VERSION, put),
    Operation("DELETE", _ONE, VERSION, delete),
)
