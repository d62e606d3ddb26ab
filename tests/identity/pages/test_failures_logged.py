"""What the sign-in log tells of a second factor that was wrong."""

import pytest

from tests.identity.flows.world import ADA, WEB, World
from tests.identity.pages.test_factor_pages import enrol, step_up
from tests.support.service import TENANT
from timebound.application.queries import Query
from timebound.domain.ids import TenantId
from timebound.identity.problems import Fault


@pytest.mark.documented("issue 4: sign-ins, successes and failures with their numbers")
async def test_a_wrong_code_is_told_of_whoever_knew_the_password(world: World) -> None:
    await enrol(world)
    reader, page = await step_up(world)
    await reader.fill(page, "code", code="000000")
    parts = world.service.parts
    await parts.sign_ins.flush()
    wrong, right = (await parts.store.read_sign_ins(TenantId(TENANT), Query(2))).rows
    assert (wrong.fault, wrong.user_principal_name) == (Fault.FACTOR_WRONG.number, ADA)
    assert (wrong.app_id, wrong.kind, wrong.methods) == (WEB, "interactiveUser", ("pwd",))
    assert (right.fault, {"pwd", "otp", "mfa"} <= set(right.methods)) == (0, True)
