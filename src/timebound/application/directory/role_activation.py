"""Activating a directory role, which brings about nothing: each is active from the start."""

from timebound.application.catalog import built_in_roles
from timebound.application.directory.work import Recorder, Work, carry_out
from timebound.application.engine import Record, Teller
from timebound.application.versions import Versions
from timebound.domain.authority import Caller, authorize
from timebound.domain.decide import Refused
from timebound.domain.directory import ObjectKind
from timebound.domain.events import Fact
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.problems import Code, Problem
from timebound.domain.requirements import Operation


async def check_activation(work: Work, template_id: RoleId) -> Refused | None:
    """Why the caller may not activate a role, or that there is no such role; none if they may.

    Who tries and may not is told of, as with any change.
    """
    asked: dict[str, Fact] = {"action": "create", "objectKind": ObjectKind.DIRECTORY_ROLE.value}

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[None]]:
        role_id = PrincipalId(template_id)
        loaded = await work.engine.store.load_target(work.token, role_id, work.at)
        versions.add(loaded.versions)
        problems = authorize(Operation.CHANGE_ROLE_ASSIGNMENTS, loaded.facts.caller)
        if not problems and template_id not in built_in_roles():
            problems = (Problem(Code.OBJECT_NOT_FOUND, value=template_id),)
        return loaded.facts.caller, Refused(problems) if problems else _change_nothing

    return await carry_out(work, template_id, asked, judge)


async def _change_nothing(_teller: Teller) -> Record[None]:
    return Record(None)
