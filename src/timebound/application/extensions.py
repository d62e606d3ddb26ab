"""Custom extensions registered, changed and told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from timebound.application.changes import FactKey
from timebound.application.engine import Engine, Record, Teller, actor_of, apply_attempts
from timebound.application.extension_ports import EXTENSIONS, LoadedExtension
from timebound.application.extension_writes import PutExtension
from timebound.application.reading import Reader
from timebound.application.recording import tell_refusal
from timebound.domain.authority import Token, authorize
from timebound.domain.decide import Refused
from timebound.domain.events import EventKind, Fact
from timebound.domain.extensions import (
    CustomExtension,
    ExtensionFacts,
    decide_extension_change,
    decide_registration,
)
from timebound.domain.licensing import check_license
from timebound.domain.requirements import Operation
from timebound.domain.times import Instant

Edit: TypeAlias = Callable[[CustomExtension], CustomExtension]
"""What a change makes of an extension: the members that it does not name stay."""
_Decide: TypeAlias = Callable[[ExtensionFacts], CustomExtension | Refused]


@dataclass(frozen=True, slots=True)
class ExtensionWork:
    """Who writes, as of when, and whether extensions may be on the machine itself, without TLS."""

    engine: Engine
    token: Token
    at: Instant
    has_loopback: bool = False


async def read_extensions(reader: Reader) -> Sequence[CustomExtension] | Refused:
    """All custom extensions of the tenant."""
    caller = await reader.store.load_caller(reader.token, reader.at)
    unmet = authorize(Operation.READ_CUSTOM_EXTENSIONS, caller)
    if unmet := unmet or check_license(caller.settings, reader.at):
        return Refused(unmet)
    return await reader.store.list_extensions(reader.token.tenant_id)


async def register_extension(
    work: ExtensionWork, asked: CustomExtension
) -> CustomExtension | Refused:
    """Registers an extension under the id that the client gives it."""

    def decide(facts: ExtensionFacts) -> CustomExtension | Refused:
        return decide_registration(facts, asked, work.at)

    return await _do(work, _Deed("registerExtension", asked.id, decide))


async def change_extension(
    work: ExtensionWork, extension_id: str, edit: Edit
) -> CustomExtension | Refused:
    """Changes an extension; whoever is asked from now on is asked as it says."""

    def decide(facts: ExtensionFacts) -> CustomExtension | Refused:
        found = facts.extension
        return decide_extension_change(facts, None if found is None else edit(found), work.at)

    return await _do(work, _Deed("changeExtension", extension_id, decide))


@dataclass(frozen=True, slots=True)
class _Deed:
    """What is done to which extension: its name in events, and the decision."""

    name: str
    extension_id: str
    decide: _Decide


async def _do(work: ExtensionWork, deed: _Deed) -> CustomExtension | Refused:
    engine, correlation_id = work.engine, work.engine.ids.new_id()

    async def attempt() -> tuple[Record[CustomExtension], Mapping[FactKey, int]]:
        loaded = await engine.store.load_extension(work.token, deed.extension_id, work.at)
        facts = replace(loaded.facts, has_loopback=work.has_loopback)
        teller = Teller(engine, actor_of(facts.caller), correlation_id, work.at)
        return _record(replace(loaded, facts=facts), deed, teller), loaded.versions

    return await apply_attempts(engine, work.token.tenant_id, work.at, attempt)


def _record(loaded: LoadedExtension, deed: _Deed, teller: Teller) -> Record[CustomExtension]:
    decision, said = deed.decide(loaded.facts), {"action": deed.name}
    if isinstance(decision, Refused):
        kind = EventKind.CHANGE_REFUSED
        return Record(
            decision,
            events=tell_refusal(teller, kind, deed.extension_id, said, decision.problems),
        )
    old = loaded.facts.extension
    if decision == old:
        return Record(decision)
    before = {} if old is None else _tell(old)
    after = _tell(decision)
    changes = {
        name: {"old": before.get(name), "new": after[name]}
        for name in after
        if after[name] != before.get(name)
    }
    data: dict[str, Fact] = {**said, "displayName": decision.display_name, "changes": changes}
    told = teller.tell(EventKind.EXTENSION_CHANGED, decision.id, data)
    return Record(decision, (PutExtension(decision),), (told,), _KEYS)


def _tell(one: CustomExtension) -> dict[str, Fact]:
    """Everything that an extension says, under the published names."""
    return {
        "displayName": one.display_name,
        "description": one.description,
        "type": one.stage.value if one.stage else None,
        "targetUrl": one.target_url,
        "resourceId": one.resource_id,
        "resourceType": one.resource.value,
        "timeoutInMilliseconds": one.timeout,
        "maximumRetries": one.retries,
        "customAttributes": one.attributes,
    }


_KEYS: Final = frozenset({EXTENSIONS})
