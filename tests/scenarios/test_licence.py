"""A licence that ends and comes back, as an operator sets it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.scenarios.calls import (
    DIRECTORY,
    ELIGIBLE,
    ELIGIBLE_INSTANCES,
    HOUR,
    INSTANCES,
    OWN,
    REQUESTS,
    activate,
    body,
    code_of,
    make_eligible,
    post,
    rows_of,
)
from tests.scenarios.company import BEGAN, Company
from timebound.application.engine import Engine, Teller
from timebound.application.tenant_settings import plan_settings
from timebound.domain.events import Actor
from timebound.domain.settings import License, PasswordStepUp, TenantSettings

DAY = timedelta(days=1)
REFUSED = (400, "AadPremiumLicenseRequired")


async def change(company: Company, **changes: object) -> None:
    """Sets what an operator would, at this instant."""
    tenant = await company.store.find_tenant(company.ids.tenant_id)
    assert tenant is not None
    kept = await company.store.load_settings(tenant.id)
    settings = replace(kept, **changes)  # type: ignore[arg-type]  # names of its fields
    teller = Teller(Engine(company.store, company.parts.ids), Actor(), "operator", company.now())
    assert await company.store.apply(plan_settings(tenant, kept, settings, teller))


async def held(company: Company, who: str) -> list[str]:
    query = f"?$filter=principalId eq '{company.find(who)}'"
    rows = await rows_of(company, "rex", f"{DIRECTORY}/roleAssignments{query}")
    return [row["roleDefinitionId"] for row in rows]


@pytest.mark.documented("Entra licensing: eligible assignments are removed; permanent ones stay")
async def test_what_ended_with_a_licence_does_not_come_back(company: Company) -> None:
    await make_eligible(company, "eve", "Reports Reader")
    ahead = {"startDateTime": "2030-03-08T08:00:00Z", "expiration": {"type": "noExpiration"}}
    sent = body(company, "adminAssign", "finn", "Reports Reader", scheduleInfo=ahead)
    planned = await post(company, "pia", ELIGIBLE, sent)
    await activate(company, "eve", "Reports Reader")
    await post(
        company, "pia", REQUESTS, body(company, "adminAssign", "eve", "Message Center Reader")
    )

    company.move_to(BEGAN + timedelta(minutes=10))
    await change(company, license=License.ENDED)
    stays = [company.find("Message Center Reader")]
    assert await held(company, "eve") == stays
    assert code_of(await company.call("rex", "GET", INSTANCES)) == REFUSED

    company.move_to(BEGAN + timedelta(minutes=20))
    await change(company, license=License.GOVERNANCE)
    assert await held(company, "eve") == stays
    assert await rows_of(company, "eve", f"{ELIGIBLE_INSTANCES}/{OWN}") == []
    sent = body(company, "selfActivate", "eve", "Reports Reader", scheduleInfo=HOUR)
    response = await company.call("eve", "POST", REQUESTS, json=sent)
    assert code_of(response) == (400, "RoleAssignmentRequestPolicyValidationFailed")
    shown = (await company.call("pia", "GET", f"{ELIGIBLE}/{planned['id']}")).json()
    assert (planned["status"], shown["status"]) == ("Granted", "Failed")

    await make_eligible(company, "eve", "Reports Reader")
    await activate(company, "eve", "Reports Reader")
    assert sorted(await held(company, "eve")) == sorted([*stays, company.find("Reports Reader")])


@pytest.mark.inferred("an end that is known is computed when it comes, and written down later")
async def test_an_end_that_was_announced_needs_nobody_to_come(company: Company) -> None:
    await make_eligible(company, "eve", "Reports Reader")
    await activate(company, "eve", "Reports Reader")
    await change(company, license_ends_at=BEGAN + timedelta(minutes=30))
    company.move_to(BEGAN + timedelta(minutes=30) - timedelta(microseconds=1))
    assert await held(company, "eve") == [company.find("Reports Reader")]
    company.move_to(BEGAN + timedelta(minutes=30))
    assert await held(company, "eve") == []

    company.move_to(BEGAN + DAY)
    await change(company, license_ends_at=None)
    assert await rows_of(company, "eve", f"{ELIGIBLE_INSTANCES}/{OWN}") == []


@pytest.mark.inferred("a licence that is prolonged before its end has not ended")
async def test_a_licence_prolonged_in_time_takes_nothing(company: Company) -> None:
    await change(company, license_ends_at=BEGAN + DAY)
    await make_eligible(company, "eve", "Reports Reader")
    company.move_to(BEGAN + timedelta(hours=23))
    await change(company, license_ends_at=BEGAN + 9 * DAY)
    company.move_to(BEGAN + 2 * DAY)
    made = await activate(company, "eve", "Reports Reader")
    assert made["status"] == "Provisioned"
    assert await company.store.load_settings(company.ids.tenant_id) == TenantSettings(
        license_ends_at=BEGAN + 9 * DAY, password_step_up=PasswordStepUp.ALLOW
    )
