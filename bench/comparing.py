"""Before anything is measured: product and floor give the same answers to the same calls."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from bench.population import Population
from bench.processes import Server, ServerError, ask
from bench.rehearsal import Asked, ask_about, ask_activation, ask_deactivation, ask_own
from bench.rounds import write_request
from timebound.domain.ids import PrincipalId

# What differs between two calls of a kind: the id of the request, and when it was made.
_INSTANT: Final = re.compile(r"20\d\d-\d\d-\d\dT[0-9:.]+Z")


def compare(
    product: Server,
    floor: Server,
    population: Population,
    host: str,
    tokens: Mapping[PrincipalId, str],
) -> None:
    """Stops the run where the floor tells something else than the product."""
    administrator, (first, second) = population.administrator_id, population.people[:2]
    for person in (first, second):
        calls = (
            ask_own(person),
            ask_about(administrator, person),
            ask_activation(person),
            ask_own(person),
            ask_deactivation(person),
            ask_own(person),
        )
        for asked in calls:
            request = write_request(asked, host, tokens, is_last=True)
            told = [_read(server, request, asked) for server in (product, floor)]
            if told[0] != told[1]:
                raise ServerError(f"product and floor differ on {asked.path}:\n{told}")


def _read(server: Server, request: bytes, asked: Asked) -> object:
    answer = ask(server.port, request)
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 20" not in head[:12]:
        raise ServerError(f"{answer.decode('utf-8', 'replace')}\n{server.read_log()}")
    told = msgspec.json.decode(body)
    if asked.method == "POST" or _has_activation(told):
        text = body.decode().replace(str(told.get("id")), "ID")
        return msgspec.json.decode(_mask(text))
    return told


def _has_activation(told: dict[str, object]) -> bool:
    return '"Activated"' in msgspec.json.encode(told).decode()


def _mask(text: str) -> str:
    masked = _INSTANT.sub("AT", text)
    return re.sub(r'"roleAssignmentScheduleId":"[^"]*"', '"roleAssignmentScheduleId":"ID"', masked)
