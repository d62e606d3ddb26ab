"""Ending what somebody is signed in to, everywhere and at once."""

from timebound.application.changes import principal_key
from timebound.application.directory.objects import load_changed
from timebound.application.directory.sign_in_ends import put_ended
from timebound.application.directory.work import Recorder, Work, carry_out
from timebound.application.engine import Record, Teller
from timebound.application.versions import Versions
from timebound.domain.authority import Caller, authorize
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.events import EventKind
from timebound.domain.ids import PrincipalId
from timebound.domain.principal_changes import refuse_absent
from timebound.domain.requirements import Operation
from timebound.domain.times import Instant


async def revoke_sessions(
    work: Work, user_id: PrincipalId, system_at: Instant
) -> DirectoryObject | Refused:
    """Ends what counts of a person's sign-ins until `system_at`, an instant of the system's clock.

    People may do that for themselves; for others, those who reset passwords.
    """
    is_own = user_id == work.token.principal_id and not work.token.sign_in.is_application
    needed = Operation.REVOKE_OWN_SESSIONS if is_own else Operation.REVOKE_SESSIONS

    async def judge(
        versions: Versions,
    ) -> tuple[Caller, Refused | Recorder[DirectoryObject]]:
        facts = await load_changed(work, versions, user_id)
        found = facts.object
        if found is None or found.deleted_at is not None or found.kind is not ObjectKind.USER:
            return facts.caller, refuse_absent(facts, (needed,))
        problems = authorize(needed, facts.caller, facts.target)
        if problems:
            return facts.caller, Refused(problems)

        async def record(teller: Teller) -> Record[DirectoryObject]:
            event = teller.tell(EventKind.SESSIONS_ENDED, user_id, {"isOwn": is_own})
            keys = frozenset({principal_key(user_id)})
            return Record(found, put_ended(found, system_at), (event,), keys)

        return facts.caller, record

    return await carry_out(work, user_id, {"action": "revokeSignInSessions"}, judge)
