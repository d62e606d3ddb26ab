"""One schedule or instance by its name."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from timebound.application.views import GrantRow
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.pim.lists import Entries, find_entry


def get_entry(entries: Entries[GrantRow]) -> Callable[[Call], Awaitable[Answer]]:
    """The handler that reads what a name in the path names."""

    async def handle(call: Call) -> Answer:
        found = await find_entry(call, entries)
        return Answer(HTTPStatus.OK, (await entries.show(call, [found], call.at))[0])

    return handle
