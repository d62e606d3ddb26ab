"""An hour in a group with the unmodified msgraph-sdk, and with it the role that the group holds.

Run it against an emulator: `python docs/examples/activate_membership.py .timebound/connection.json`
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from first_activation import SCOPE, PasswordCredential, advance_clock
from msgraph import GraphServiceClient
from msgraph.generated.models.expiration_pattern import ExpirationPattern
from msgraph.generated.models.expiration_pattern_type import ExpirationPatternType
from msgraph.generated.models.privileged_access_group_assignment_schedule_request import (
    PrivilegedAccessGroupAssignmentScheduleRequest,
)
from msgraph.generated.models.request_schedule import RequestSchedule
from msgraph.generated.models.schedule_request_actions import ScheduleRequestActions

PERSON = "mei@larkfield.example"


async def tell(client: GraphServiceClient, when: str) -> None:
    """Prints which groups Mei is in, and how she comes to her roles."""
    groups = await client.me.member_of.graph_group.get()
    directory = client.role_management.directory
    roles = directory.role_assignment_schedule_instances.filter_by_current_user_with_on("principal")
    held = [i.member_type for i in (await roles.get()).value]
    print(f"{when}: in {[g.display_name for g in groups.value]}, roles {held}")


async def main(connection: dict) -> None:
    """Mei is on call for an hour."""
    client = GraphServiceClient(PasswordCredential(connection, PERSON), scopes=[SCOPE])
    client.request_adapter.base_url = f"{connection['graphUrl']}/v1.0"
    access = client.identity_governance.privileged_access.group

    mine = access.eligibility_schedule_instances.filter_by_current_user_with_on("principal")
    eligible = (await mine.get()).value[0]
    print("may become", eligible.access_id.value, "of one group")
    await tell(client, "before")

    request = await access.assignment_schedule_requests.post(
        PrivilegedAccessGroupAssignmentScheduleRequest(
            action=ScheduleRequestActions.SelfActivate,
            access_id=eligible.access_id,
            group_id=eligible.group_id,
            principal_id=eligible.principal_id,
            justification="On call tonight",
            schedule_info=RequestSchedule(
                expiration=ExpirationPattern(
                    type=ExpirationPatternType.AfterDuration, duration="PT1H"
                )
            ),
        )
    )
    print("activation", request.status)
    await tell(client, "now")
    advance_clock(connection, "PT1H")
    await tell(client, "an hour later")


if __name__ == "__main__":
    read = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    os.environ["SSL_CERT_FILE"] = read["caBundle"]
    asyncio.run(main(read))
