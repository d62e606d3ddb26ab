"""People who change their own password."""

from dataclasses import replace

from timebound.application.changes import PutObject, PutSecret, principal_key
from timebound.application.directory.objects import PASSWORD, load_changed
from timebound.application.directory.work import Recorder, Work, carry_out
from timebound.application.engine import Record, Teller
from timebound.application.ports import IdentityStore, SecretKeeper
from timebound.application.versions import Versions
from timebound.domain.authority import Caller, authorize
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.directory_changes import PASSWORD_PROFILE, refuse_property
from timebound.domain.events import EventKind
from timebound.domain.passwords import is_strong, list_words_of
from timebound.domain.principal_changes import PrincipalFacts, refuse_absent
from timebound.domain.problems import Problem, Reason
from timebound.domain.requirements import Operation


async def change_own_password(
    work: Work, store: IdentityStore, keeper: SecretKeeper, current: str, new: str
) -> DirectoryObject | Refused:
    """Sets the password of the caller, who has to know the one in use."""
    caller_id = work.token.principal_id
    is_known = await _knows(work, store, keeper, current)
    is_refused = await keeper.is_refused(new)
    sealed = await keeper.seal(new)

    async def judge(
        versions: Versions,
    ) -> tuple[Caller, Refused | Recorder[DirectoryObject]]:
        facts = await load_changed(work, versions, caller_id)
        found = facts.object
        if found is None:
            return facts.caller, refuse_absent(facts, (Operation.CHANGE_OWN_PASSWORD,))
        is_good = is_strong(new, list_words_of(found), is_refused=is_refused)
        problems = _check(facts, found, is_good=is_good, is_known=is_known)
        if problems:
            return facts.caller, Refused(problems)
        kept = {name: v for name, v in found.attributes.items() if name != PASSWORD_PROFILE}
        changed = replace(found, attributes=kept)

        async def record(teller: Teller) -> Record[DirectoryObject]:
            event = teller.tell(EventKind.PASSWORD_SET, caller_id, {"isOwn": True})
            writes = (PutObject(changed), PutSecret(caller_id, PASSWORD, sealed))
            return Record(changed, writes, (event,), frozenset({principal_key(caller_id)}))

        return facts.caller, record

    return await carry_out(work, caller_id, {"action": "changePassword"}, judge)


async def _knows(work: Work, store: IdentityStore, keeper: SecretKeeper, current: str) -> bool:
    caller = await work.engine.store.load_target(work.token, work.token.principal_id, work.at)
    name = caller.facts.object.user_principal_name if caller.facts.object else None
    record = await store.find_user(work.token.tenant_id, name) if name else None
    return await keeper.matches(current, record.hashes if record else ())


def _check(
    facts: PrincipalFacts, found: DirectoryObject, *, is_good: bool, is_known: bool
) -> tuple[Problem, ...]:
    problems = authorize(Operation.CHANGE_OWN_PASSWORD, facts.caller, facts.target)
    if problems:
        return problems
    if found.is_synced:
        return (refuse_property("newPassword", Reason.MASTERED_ELSEWHERE),)
    if not is_known:
        return (refuse_property("currentPassword", Reason.WRONG_PASSWORD),)
    if not is_good:
        return (refuse_property("newPassword", Reason.TOO_WEAK),)
    return ()
