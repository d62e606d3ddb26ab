"""What was deleted: looked at, restored, removed for ever."""

from timebound.application.directory.objects import purge_object, restore_object
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.directory_writes.answering import (
    DONE,
    read_key,
    show_typed,
    take,
    work_of,
)


async def get_deleted(call: Call) -> Answer:
    """A deleted object."""
    found = await take(call, await call.read_at(call.at).read_deleted(read_key(call)))
    return show_typed(call, found)


async def restore(call: Call) -> Answer:
    """Brings a deleted object back, without what it held."""
    restored = await take(call, await restore_object(work_of(call), read_key(call)))
    return show_typed(call, restored)


async def purge(call: Call) -> Answer:
    """Removes a deleted object for ever."""
    await take(call, await purge_object(work_of(call), read_key(call)))
    return DONE
