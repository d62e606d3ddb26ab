"""What whoever calls may do at a scope: the blocks of their roles, less what is denied them."""

from dataclasses import replace
from typing import Final

import msgspec

from timebound.application.rights import read_own_rights
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.ids import PROVIDER
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paging import answer_rows
from timebound.dialects.arm.places import read_scope
from timebound.domain.azure.permissions import Permission as Block
from timebound.domain.azure.permissions import Rights
from timebound.domain.decide import Refused

_OLDEST: Final = "2015-07-01"
"""The version without actions on data."""
_CONDITIONED: Final = "2022-05-01-preview"
"""The version in which blocks tell their conditions."""
_CONDITION_VERSION: Final = "2.0"
_VERSIONS: Final = frozenset({_OLDEST, "2018-01-01-preview", "2022-04-01", _CONDITIONED})


class Permission(msgspec.Struct, rename="camel"):
    """A block of permissions."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    data_actions: tuple[str, ...] | None = None
    not_data_actions: tuple[str, ...] | None = None
    condition: str | None = None
    condition_version: str | None = None


async def list_permissions(call: Call) -> Answer:
    """The blocks that count for the caller there, whichever role each is of; there may be none."""
    rights = await read_own_rights(call.read_at(call.at), read_scope(call))
    if isinstance(rights, Refused):
        raise await call.refuse(rights)
    blocks = list_blocks(rights)

    def show(number: int) -> Permission:
        return show_block(blocks[number], call.version)

    return answer_rows(call, range(len(blocks)), "{:06}".format, show)


def list_blocks(rights: Rights) -> tuple[Block, ...]:
    """The blocks of all roles, each once, with what is denied among what they except.

    What a denial itself excepts has no place in a block: there less is told than may be done.
    """
    found = dict.fromkeys(
        replace(block, condition=_join(access.condition, block.condition))
        for access in rights.accesses
        for block in access.permissions
    )
    actions = tuple(dict.fromkeys(a for one in rights.denied for a in one.actions))
    on_data = tuple(dict.fromkeys(a for one in rights.denied for a in one.data_actions))
    return tuple(
        replace(
            one,
            not_actions=_add(one.not_actions, actions),
            not_data_actions=_add(one.not_data_actions, on_data),
        )
        for one in found
    )


def _add(excepted: tuple[str, ...], denied: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*excepted, *denied)))


def _join(one: str | None, other: str | None) -> str | None:
    both = [condition for condition in (one, other) if condition]
    return " AND ".join(f"({part})" for part in both) if len(both) > 1 else next(iter(both), None)


def show_block(block: Block, version: str) -> Permission:
    """A block as a version tells it."""
    told = Permission(block.actions, block.not_actions)
    if version != _OLDEST:
        told.data_actions, told.not_data_actions = block.data_actions, block.not_data_actions
    if version == _CONDITIONED and block.condition:
        told.condition, told.condition_version = block.condition, _CONDITION_VERSION
    return told


PERMISSION_ROWS: Final = (
    Operation("GET", f"/{{scope}}/providers/{PROVIDER}/permissions", _VERSIONS, list_permissions),
)
