"""The door to the log: tree heads, the key, and proofs, for those who may read the audit log."""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from timebound.application.log_ports import DamagedLogError, LogSigner, TreeHead
from timebound.application.log_proofs import LogProver
from timebound.application.ports import Clock, Store
from timebound.application.sealing import write_head_note
from timebound.application.tokens import TokenVerifier
from timebound.control.answers import Answer, refuse, tell
from timebound.control.calls import (
    BAD,
    Asked,
    Handler,
    RefusedError,
    answer_refusals,
    read_number,
    read_query,
    verify_bearer,
)
from timebound.domain.authority import Token, authorize
from timebound.domain.ids import EventId, TenantId
from timebound.domain.requirements import Operation

_MOST_HEADS: Final = 1000


@dataclass(frozen=True, slots=True)
class LogParts:
    """What the door to the log works with."""

    store: Store
    tokens: TokenVerifier
    clock: Clock
    signer: LogSigner


@dataclass(frozen=True, slots=True)
class _Log:
    """The log of the caller's tenant."""

    parts: LogParts
    tenant_id: TenantId

    async def show_head(self, _asked: Asked) -> Answer:
        """The newest tree head, and how many events are not under it yet."""
        head = await self.require_head()
        unsealed = await self.parts.store.count_unsealed(self.tenant_id)
        return tell({**self.show(head), "unsealed": unsealed})

    async def show_heads(self, asked: Asked) -> Answer:
        """Tree heads, the smallest first; `next` is what `after` has to be for those behind."""
        after = read_number(asked, "after", 0)
        limit = min(read_number(asked, "limit", _MOST_HEADS), _MOST_HEADS)
        found = await self.parts.store.read_heads(self.tenant_id, after, limit)
        last = found[-1].size if limit and len(found) == limit else None
        return tell({"heads": [self.show(head) for head in found], "next": last})

    async def show_key(self, _asked: Asked) -> Answer:
        """The key that signs, also as verifiers of signed notes take it; and all there were."""
        signer = self.parts.signer
        key = signer.find(signer.number)
        if key is None:
            raise DamagedLogError("there is no key")
        known = [one for number in signer.numbers if (one := signer.find(number)) is not None]
        return tell(
            {
                "name": key.name_log(self.tenant_id),
                "algorithm": "Ed25519",
                "publicKey": _encode(key.public),
                "verifier": key.write_verifier(self.tenant_id),
                "verifiers": [one.write_verifier(self.tenant_id) for one in known],
            }
        )

    async def prove_inclusion(self, asked: Asked) -> Answer:
        """That an event, named by its place or its id, is in the tree of some size."""
        size = await self.read_size(asked, "size")
        position = await self.find_position(asked)
        if position >= size:
            message = f"The event is at position {position}: `size` has to be greater than that."
            raise RefusedError(BAD, "InvalidSize", message)
        proof = await self.prover.prove_inclusion(position, size)
        return tell(
            {
                "position": proof.position,
                "size": size,
                "leafHash": _encode(proof.leaf),
                "rootHash": _encode(proof.tree.root),
                "hashes": [_encode(one) for one in proof.path],
            }
        )

    async def prove_consistency(self, asked: Asked) -> Answer:
        """That the tree of one size begins with that of another."""
        second = await self.read_size(asked, "to")
        if "from" not in asked:
            raise RefusedError(BAD, "MissingParameter", "`from` says which size is held.")
        first = read_number(asked, "from", 0)
        if not 0 < first <= second:
            message = f"`from` lies between 1 and `to`, which is {second}."
            raise RefusedError(BAD, "InvalidSize", message)
        proof = await self.prover.prove_consistency(first, second)
        return tell(
            {
                "from": first,
                "to": second,
                "fromRootHash": _encode(proof.first.root),
                "toRootHash": _encode(proof.second.root),
                "hashes": [_encode(one) for one in proof.path],
            }
        )

    @property
    def prover(self) -> LogProver:
        """What makes the proofs."""
        return LogProver(self.parts.store, self.tenant_id)

    async def require_head(self) -> TreeHead:
        """The newest tree head; refused where nothing was sealed yet."""
        head = await self.parts.store.last_head(self.tenant_id)
        if head is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, "NothingSealed", "No event is sealed yet.")
        return head

    async def read_size(self, asked: Asked, name: str) -> int:
        """The size that is asked about: up to that of the newest head, which it is by default."""
        greatest = (await self.require_head()).size
        size = read_number(asked, name, greatest)
        if not 0 < size <= greatest:
            message = f"`{name}` lies between 1 and {greatest}."
            raise RefusedError(BAD, "InvalidSize", message)
        return size

    async def find_position(self, asked: Asked) -> int:
        """The place of the event that is asked about."""
        if ("position" in asked) == ("eventId" in asked):
            message = "Either `position` or `eventId` says which event."
            raise RefusedError(BAD, "MissingParameter", message)
        if "position" in asked:
            return read_number(asked, "position", 0)
        event_id = asked["eventId"]
        found = None
        if event_id.isprintable():
            found = await self.parts.store.find_place(self.tenant_id, EventId(event_id))
        if found is None:
            message = "`eventId`: there is no such event, or it is not sealed yet."
            raise RefusedError(HTTPStatus.NOT_FOUND, "EventNotFound", message)
        return found

    def show(self, head: TreeHead) -> dict[str, object]:
        """A tree head, also as a note to be kept elsewhere."""
        return {
            "size": head.size,
            "rootHash": _encode(head.root),
            "timestamp": head.at.isoformat().replace("+00:00", "Z"),
            "note": write_head_note(self.parts.signer, self.tenant_id, head),
        }


_ROUTES: Final[Mapping[str, tuple[Callable[[_Log, Asked], Awaitable[Answer]], Collection[str]]]] = {
    "/control/log/head": (_Log.show_head, ()),
    "/control/log/heads": (_Log.show_heads, ("after", "limit")),
    "/control/log/key": (_Log.show_key, ()),
    "/control/log/inclusion": (_Log.prove_inclusion, ("position", "eventId", "size")),
    "/control/log/consistency": (_Log.prove_consistency, ("from", "to")),
}


def log_routes(parts: LogParts) -> dict[str, dict[str, Handler]]:
    """The paths of the log, in either profile."""

    def route(path: str) -> Handler:
        perform, names = _ROUTES[path]

        async def answer(request: Request) -> Response:
            try:
                token = await _admit(parts, request)
                return await perform(_Log(parts, token.tenant_id), read_query(request, names))
            except DamagedLogError as damage:
                message = f"The log is damaged: {damage}. `timebound audit verify` tells more."
                return refuse(HTTPStatus.SERVICE_UNAVAILABLE, "LogDamaged", message)

        return answer

    return {path: {"GET": answer_refusals(route(path))} for path in _ROUTES}


async def _admit(parts: LogParts, request: Request) -> Token:
    token = await verify_bearer(parts.tokens, request)
    caller = await parts.store.load_caller(token, parts.clock.now())
    problems = authorize(Operation.READ_AUDIT_LOG, caller)
    if problems:
        message = f"Only who may read the audit log is answered ({problems[0].code.value})."
        raise RefusedError(HTTPStatus.FORBIDDEN, "Forbidden", message)
    return token


def _encode(content: bytes) -> str:
    return b64encode(content).decode()
