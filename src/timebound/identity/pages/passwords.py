"""Changing one's own password on a page."""

from typing import Final

from timebound.application.directory.passwords import change_own_password
from timebound.application.directory.work import Work
from timebound.application.engine import Engine
from timebound.application.ports import SecretRecord
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.problems import Reason
from timebound.identity.flows.parts import Flows

THESE_PAGES: Final = ApplicationId("00000000-0000-0000-0000-000000000000")
_PERMITTED: Final = frozenset({"Directory.AccessAsUser.All"})
"""These pages act for whoever is in front of them, and for nobody else."""
_TOLD: Final = {
    Reason.TOO_WEAK: "The new password is too easy to guess: choose another one.",
    Reason.WRONG_PASSWORD: "The password is wrong.",
    Reason.MASTERED_ELSEWHERE: "Your password is kept elsewhere: change it there.",
}


async def change_password(
    flows: Flows, tenant_id: TenantId, record: SecretRecord, current: str, new: str
) -> str:
    """Sets a person's password; answers what the page says if that cannot be, else nothing."""
    if new == current:
        return "The new password is the same as before: choose another one."
    granting, person = flows.granting, PrincipalId(record.owner.id)
    token = Token(tenant_id, person, THESE_PAGES, _PERMITTED, is_of_service=True)
    work = Work(Engine(granting.store, flows.ids), token, granting.movable.now())
    changed = await change_own_password(work, granting.store, granting.hasher, current, new)
    if not isinstance(changed, Refused):
        return ""
    reasons = (problem.reason for problem in changed.problems)
    told = (_TOLD[reason] for reason in reasons if reason in _TOLD)
    return next(told, "The password cannot be changed.")
