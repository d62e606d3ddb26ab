"""Changing one's own password on a page."""

from typing import Final

from timebound.application.directory.passwords import change_own_password
from timebound.domain.decide import Refused
from timebound.domain.problems import Reason
from timebound.identity.factors.factors import Person
from timebound.identity.pages.parts import Pages

_TOLD: Final = {
    Reason.TOO_WEAK: "The new password is too easy to guess: choose another one.",
    Reason.WRONG_PASSWORD: "The password is wrong.",
    Reason.MASTERED_ELSEWHERE: "Your password is kept elsewhere: change it there.",
}


async def change_password(pages: Pages, person: Person, current: str, new: str) -> str:
    """Sets a person's password; answers what the page says if that cannot be, else nothing."""
    if not new:
        return "Type a new password."
    if new == current:
        return "The new password is the same as before: choose another one."
    granting = pages.flows.granting
    work = pages.factors.work(person)
    changed = await change_own_password(work, granting.store, granting.hasher, current, new)
    if not isinstance(changed, Refused):
        return ""
    reasons = (problem.reason for problem in changed.problems)
    told = (_TOLD[reason] for reason in reasons if reason in _TOLD)
    return next(told, "The password cannot be changed.")
