"""A person's client that was never told of Timebound: sign-in by password, pages, an activation.

`python -m tests.clients.stranger CONNECTION`, in a namespace; no address is set anywhere.
"""

import asyncio
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

from azure.identity import UsernamePasswordCredential
from msgraph import GraphServiceClient
from msgraph.generated.models.expiration_pattern import ExpirationPattern
from msgraph.generated.models.expiration_pattern_type import ExpirationPatternType
from msgraph.generated.models.request_schedule import RequestSchedule
from msgraph.generated.models.ticket_info import TicketInfo
from msgraph.generated.models.unified_role_assignment_schedule_request import (
    UnifiedRoleAssignmentScheduleRequest,
)
from msgraph.generated.models.unified_role_schedule_request_actions import (
    UnifiedRoleScheduleRequestActions,
)

from tests.clients.desk import ask

PERSON = "luca@larkfield.example"


async def main(connection: dict[str, Any]) -> None:
    """Luca looks page by page at what he is eligible for, and tries an activation."""
    person = next(u for u in connection["users"] if u["userPrincipalName"] == PERSON)
    public = next(a for a in connection["applications"] if a["kind"] == "public")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        credential = UsernamePasswordCredential(
            public["clientId"], PERSON, person["password"], tenant_id=connection["tenantId"]
        )
    client = GraphServiceClient(credential)
    directory = client.role_management.directory
    mine = directory.role_eligibility_schedule_instances.filter_by_current_user_with_on("principal")
    page = await mine.get(ask(mine, top=1))
    eligible = page.value
    while page.odata_next_link:
        page = await mine.with_url(page.odata_next_link).get()
        eligible += page.value
    request = await directory.role_assignment_schedule_requests.post(
        UnifiedRoleAssignmentScheduleRequest(
            action=UnifiedRoleScheduleRequestActions.SelfActivate,
            principal_id=person["id"],
            role_definition_id=eligible[0].role_definition_id,
            directory_scope_id=eligible[0].directory_scope_id,
            justification="Printer on floor 3",
            ticket_info=TicketInfo(ticket_number="INC-1", ticket_system="desk"),
            schedule_info=RequestSchedule(
                expiration=ExpirationPattern(
                    type=ExpirationPatternType.AfterDuration, duration="PT1H"
                )
            ),
            is_validation_only=True,
        )
    )
    print(len(eligible), request.status)  # noqa: T201 - what the test reads


if __name__ == "__main__":
    read = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        os.environ[name] = read["publicCaBundle"]
    asyncio.run(main(read))
