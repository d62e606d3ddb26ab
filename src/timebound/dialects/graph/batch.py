"""JSON batches: up to twenty calls in one, each answered as if it had come alone.

They run one after the other in the order in which they are listed. Source: Graph docs, JSON
batching. A batch is refused as a whole where its answers could not be told apart or put in order;
whatever else is wrong with a part is answered in its place.
"""

from base64 import urlsafe_b64encode
from http import HTTPStatus
from typing import Final

import msgspec

from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.refusals import GraphError, bad_request
from timebound.dialects.graph.steps import read_steps
from timebound.dialects.shared.exchange import Part, Reply, find_header

LARGEST_BATCH: Final = 1024 * 1024
"""How many bytes a batch may have; each body in it is held to the limit of a single one."""

_NAMES: Final = {
    b"odata-version": "OData-Version",
    b"www-authenticate": "WWW-Authenticate",
    b"etag": "ETag",
    b"request-id": "request-id",
    b"client-request-id": "client-request-id",
}
"""Published spellings of header names, where not each word begins with a capital."""


async def run_batch(call: Call) -> Answer:
    """The answers to the parts of a batch; refused inside of another batch."""
    if call.perform is None:
        raise bad_request("A batch cannot hold another batch.")
    steps = read_steps(call.body, call.root)
    failed: set[str] = set()
    told: list[dict[str, object]] = []
    for number, step in enumerate(steps):
        broken = step.depends_on & failed
        part: Part | GraphError = _say_failed(min(broken)) if broken else step.part
        reply = await call.perform(number, part)
        if reply.status >= HTTPStatus.BAD_REQUEST:
            failed.add(step.key)
        told.append(_show(step.id, reply))
    return Answer(HTTPStatus.OK, {"responses": told}, {"content-type": "application/json"})


def _say_failed(id_: str) -> GraphError:
    return GraphError(
        HTTPStatus.FAILED_DEPENDENCY,
        "FailedDependency",
        f"The request was not performed: it depends on the request '{id_[:80]}', which failed.",
    )


def _show(id_: str, reply: Reply) -> dict[str, object]:
    """A reply in its place: JSON as it is, anything else as text in base64url, null for nothing."""
    body: object = None
    if reply.body:
        is_json = (find_header(reply.headers, b"content-type") or "").startswith("application/json")
        body = msgspec.Raw(reply.body) if is_json else urlsafe_b64encode(reply.body).decode()
    headers = {_spell(name): value.decode("latin-1") for name, value in reply.headers}
    return {"id": id_, "status": int(reply.status), "headers": headers, "body": body}


def _spell(name: bytes) -> str:
    return _NAMES.get(name) or name.decode("latin-1").title()
