"""Elevating access: a Global Administrator takes the role over all of Azure."""

from http import HTTPStatus
from typing import Final

from timebound.application.elevation import elevate_access
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.ids import PROVIDER
from timebound.dialects.arm.role_assignment_problems import refuse
from timebound.domain.decide import Refused

_ACTION: Final = f"{PROVIDER}/elevateAccess/action"


async def elevate(call: Call) -> Answer:
    """Makes the caller User Access Administrator at the root; there is nothing to say of it."""
    outcome = await elevate_access(call.engine, call.token, call.at)
    if isinstance(outcome, Refused):
        raise await refuse(call, outcome, _ACTION, f"/providers/{PROVIDER}")
    return Answer(HTTPStatus.OK)
