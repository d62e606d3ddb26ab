"""What the sign-in log tells of a second factor that was wrong, and of a name that is none."""

import json

import pytest

from tests.identity.flows.test_sign_in_log import BY_PASSWORD
from tests.identity.flows.world import ADA, WEB, World
from tests.identity.pages.reader import reader_of
from tests.identity.pages.test_factor_pages import enrol, step_up
from tests.support.events import read_rows
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


@pytest.mark.inferred("a password typed in the field for the name is read by nobody")
async def test_a_password_in_the_place_of_the_name_is_not_kept(world: World) -> None:
    secret = "Correct-Horse-Battery"
    reader = reader_of(world)
    page = await reader.authorize()
    await reader.sign_in(page, secret, "x")
    await reader.sign_in(page, f"nobody@{ADA.partition('@')[2]}", "x")
    await world.service.ask_token({**BY_PASSWORD, "username": secret})
    parts = world.service.parts
    await parts.sign_ins.flush()
    told = (await parts.store.read_sign_ins(TenantId(TENANT), Query(10))).rows
    assert [one.fault for one in told] == [Fault.SIGN_IN_WRONG.number] * 3
    assert [one.user_principal_name for one in told] == [None, "nobody@small.example", None]
    rows = await read_rows(parts.settings.database, "sign_ins", TENANT)
    assert secret.lower() not in json.dumps([dict(row) for row in rows], default=str).lower()
