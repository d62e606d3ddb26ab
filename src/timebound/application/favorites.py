"""Favorites: places in Azure that somebody wants to find again, theirs alone."""

from dataclasses import dataclass

from timebound.application.azure_tree import admit, read_node
from timebound.application.changes import ChangeSet
from timebound.application.directory.work import Work
from timebound.application.mark_ports import Favorite, PutFavorite, RemoveFavorite
from timebound.application.privileged_resources import find_held
from timebound.application.reading import Reader
from timebound.application.related_resources import find_shown
from timebound.domain.azure.nodes import Node
from timebound.domain.decide import Refused
from timebound.domain.folding import fold
from timebound.domain.scopes import Scope


@dataclass(frozen=True, slots=True)
class Marked:
    """A favorite, and whether it is new."""

    favorite: Favorite
    is_new: bool


async def read_favorites(reader: Reader) -> tuple[Favorite, ...] | Refused:
    """The caller's favorites; nobody has a way to those of others."""
    caller = await admit(reader)
    if isinstance(caller, Refused):
        return caller
    return await reader.store.list_favorites(reader.token.tenant_id, caller.id)


async def put_favorite(work: Work, reader: Reader, place: Scope) -> Marked | Refused:
    """Makes a place a favorite of whoever may read it; one that is already stays as it is.

    Whoever could have a role at a resource may read nothing of it, yet is told that it is there:
    that can be a favorite of theirs as well.
    """
    known = await read_favorites(reader)
    if isinstance(known, Refused):
        return known
    found = find_favorite(known, place.path)
    node = await _find_node(reader, place)
    if isinstance(node, Refused):
        return node
    if found is not None:
        return Marked(found, is_new=False)
    made = Favorite(work.token.principal_id, node.place.path, work.at)
    await _apply(work, PutFavorite(made))
    return Marked(made, is_new=True)


async def _find_node(reader: Reader, place: Scope) -> Node | Refused:
    node = await read_node(reader, place)
    if not isinstance(node, Refused):
        return node
    held = await find_held(reader)
    shown = None if isinstance(held, Refused) else await find_shown(reader, held, place)
    return shown or node


async def remove_favorite(work: Work, reader: Reader, path: str) -> bool | Refused:
    """Makes a place no favorite of the caller's; whether it was one."""
    known = await read_favorites(reader)
    if isinstance(known, Refused):
        return known
    if find_favorite(known, path) is None:
        return False
    await _apply(work, RemoveFavorite(work.token.principal_id, path))
    return True


def find_favorite(favorites: tuple[Favorite, ...], path: str) -> Favorite | None:
    """The favorite at a path, in any casing."""
    return next((one for one in favorites if fold(one.path) == fold(path)), None)


async def _apply(work: Work, write: PutFavorite | RemoveFavorite) -> None:
    # It gives nobody anything and nothing rests on it: it is guarded by nothing, and not told.
    change = ChangeSet(work.token.tenant_id, work.at, {}, frozenset(), (write,))
    await work.engine.store.apply(change)
