"""Batches: up to 500 calls in one, each answered as if it had come alone.

They run one after the other in the order in which they are listed, and all are answered at once:
the manager itself answers over twenty with 202 and an address to ask at, for which there is
nothing to wait here.
"""

from asyncio import sleep
from http import HTTPStatus
from typing import Final

import msgspec

from timebound.dialects.arm.batch_body import read_steps
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.refusals import ArmError, bad_request
from timebound.dialects.shared.exchange import Part, Reply, find_header

LARGEST_BATCH: Final = 1024 * 1024
"""How many bytes a batch may have; each body in it is held to the limit of a single one."""
LARGEST_ANSWER: Final = 32 * 1024 * 1024
"""With so many bytes of answers the rest of a batch is left to another one."""

_VERSIONS: Final = frozenset({"2015-11-01", "2020-06-01", "2021-04-01", "2022-12-01"})
"""No list of them is published; these are the ones that clients were seen to send."""
_NO_ROOM: Final = ArmError(
    HTTPStatus.TOO_MANY_REQUESTS,
    "TooManyRequests",
    "The answers before this one are as large as those of a batch may be. Send the rest again.",
    {"retry-after": "1"},
)
_OWN: Final = "x-ms-"
_NAMES: Final = {b"etag": "ETag", b"www-authenticate": "WWW-Authenticate"}
"""Published spellings of header names, where not each word begins with a capital."""


async def run_batch(call: Call) -> Answer:
    """The answers to the calls of a batch, in their order; refused inside of another batch."""
    if call.perform is None:
        raise bad_request("A batch cannot hold another batch.")
    told: list[dict[str, object]] = []
    size = 0
    for number, step in enumerate(read_steps(call.body, call.origins)):
        # So many calls may never have to wait for anything: others come in between.
        await sleep(0)
        part: Part | ArmError = step.part if size < LARGEST_ANSWER else _NO_ROOM
        reply = await call.perform(number, part)
        size += len(reply.body)
        told.append(_show(step.name, reply))
    return Answer(HTTPStatus.OK, msgspec.Raw(msgspec.json.encode({"responses": told})))


def _show(name: str | None, reply: Reply) -> dict[str, object]:
    """A reply in its place, under the name of its call; without what there is not."""
    is_json = (find_header(reply.headers, b"content-type") or "").startswith("application/json")
    content = msgspec.Raw(reply.body) if is_json else reply.body.decode(errors="replace")
    return {
        **({} if name is None else {"name": name}),
        "httpStatusCode": int(reply.status),
        "headers": {_spell(key): value.decode("latin-1") for key, value in reply.headers},
        **({"content": content} if reply.body else {}),
        "contentLength": len(reply.body),
    }


def _spell(name: bytes) -> str:
    text = name.decode("latin-1")
    return _NAMES.get(name) or (text if text.startswith(_OWN) else text.title())


BATCH_ROWS: Final = (Operation("POST", "/batch", _VERSIONS, run_batch, LARGEST_BATCH),)
