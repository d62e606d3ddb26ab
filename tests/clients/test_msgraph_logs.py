"""The audit log and the sign-ins, read by the Python SDK of Microsoft Graph over HTTPS."""

import pytest
from msgraph.generated.models.operation_result import OperationResult

from tests.clients.desk import Desk, ask
from tests.clients.test_msgraph_sdk import activation, eligibility

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    # The SDK warns about itself while its own builders are loaded.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.mark.documented("Graph: directoryAudit; issue 4: both records at an expiry")
async def test_the_life_of_an_activation_is_in_the_audit_log(desk: Desk) -> None:
    admin, nora = desk.as_application(), desk.as_person("nora")
    directory = admin.role_management.directory
    await directory.role_eligibility_schedule_requests.post(eligibility(desk, "nora"))
    made = await nora.role_management.directory.role_assignment_schedule_requests.post(
        activation(desk, "nora")
    )
    desk.move_clock(advance="PT2H")

    audits = admin.audit_logs.directory_audits
    page = await audits.get(ask(audits, filter=f"correlationId eq '{made.id}'"))

    names = [one.activity_display_name for one in page.value]
    assert sorted(names) == [
        "Add member to role",
        "Add member to role completed (PIM activation)",
        "Add member to role requested (PIM activation)",
        "Remove member from role",
        "Remove member from role (PIM activation expired)",
    ]
    times = [one.activity_date_time for one in page.value]
    assert times == sorted(times, reverse=True)
    assert {one.result for one in page.value} == {OperationResult.Success}
    (completed,) = [one for one in page.value if "completed" in one.activity_display_name]
    assert completed.initiated_by.user.id == desk.person("nora")["id"]
    assert completed.target_resources[2].id == desk.person("nora")["id"]
    details = {one.key: one.value for one in completed.additional_details}
    assert details["Justification"] == "incident 42"
    one = await audits.by_directory_audit_id(completed.id).get()
    assert (one.id, one.logged_by_service) == (completed.id, "PIM")


@pytest.mark.documented("Graph: signIn")
async def test_who_signed_in_is_in_the_sign_in_log(desk: Desk) -> None:
    await desk.as_person("nora").me.get()
    sign_ins = desk.as_application().audit_logs.sign_ins
    of_nora = f"userId eq '{desk.person('nora')['id']}'"

    page = await sign_ins.get(ask(sign_ins, filter=of_nora))

    newest = page.value[0]
    assert newest.status.error_code == 0
    assert newest.user_principal_name == desk.person("nora")["userPrincipalName"]
    assert newest.app_id == desk.public_client["clientId"]
    assert newest.created_date_time.tzinfo is not None
