"""Disabling, enabling and deleting principals, with all that follows from it."""

from timebound.application.changes import PutObject
from timebound.application.directory.objects import delete_object, load_changed
from timebound.application.directory.sign_in_ends import put_away
from timebound.application.directory.work import Recorder, Work, carry_out
from timebound.application.engine import Engine, Record, Teller
from timebound.application.recording import changed_by_principal
from timebound.application.versions import Versions
from timebound.domain.authority import Caller, Token
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.events import EventKind, Fact
from timebound.domain.ids import PrincipalId
from timebound.domain.principal_changes import decide_enabling
from timebound.domain.times import Instant


async def set_enabled(
    engine: Engine, token: Token, principal_id: PrincipalId, *, is_enabled: bool, at: Instant
) -> DirectoryObject | Refused:
    """Disables or enables a principal; never disables the last administrator."""
    work = Work(engine, token, at)

    async def judge(
        versions: Versions,
    ) -> tuple[Caller, Refused | Recorder[DirectoryObject]]:
        facts = await load_changed(work, versions, principal_id, is_whole=True)
        decision = decide_enabling(facts, is_enabled=is_enabled)
        if isinstance(decision, Refused):
            return facts.caller, decision

        async def record(teller: Teller) -> Record[DirectoryObject]:
            changed = decision.object
            data: dict[str, Fact] = {
                "objectKind": changed.kind.value,
                "isEnabled": changed.is_enabled,
            }
            event = teller.tell(EventKind.PRINCIPAL_CHANGED, principal_id, data)
            keys = changed_by_principal(facts, decision)
            writes = (PutObject(changed),) if is_enabled else put_away(work, changed)
            return Record(changed, writes, (event,), keys)

        return facts.caller, record

    return await carry_out(work, principal_id, {"isEnabled": is_enabled}, judge)


async def delete_principal(
    engine: Engine, token: Token, principal_id: PrincipalId, at: Instant
) -> DirectoryObject | Refused:
    """Deletes a principal and ends what it holds; never deletes the last administrator."""
    return await delete_object(Work(engine, token, at), principal_id)
