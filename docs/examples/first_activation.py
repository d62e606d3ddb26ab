"""A first activation with the unmodified msgraph-sdk: find, activate, list, wait, and it is gone.

Run it against an emulator: `python docs/examples/first_activation.py .timebound/connection.json`
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
from azure.core.credentials import AccessToken
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

PERSON = "luca@larkfield.example"
SCOPE = "https://graph.microsoft.com/.default"


class PasswordCredential:
    """Signs a demo person in by password, which the emulator alone allows."""

    def __init__(self, connection: dict, name: str) -> None:
        self.connection = connection
        self.person = next(u for u in connection["users"] if u["userPrincipalName"] == name)

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        """A token for the scopes."""
        public = next(a for a in self.connection["applications"] if a["kind"] == "public")
        url = f"{self.connection['authority']}/{self.connection['tenantId']}/oauth2/v2.0/token"
        form = {
            "grant_type": "password",
            "client_id": public["clientId"],
            "username": self.person["userPrincipalName"],
            "password": self.person["password"],
            "scope": " ".join(scopes),
        }
        answer = httpx.post(url, data=form, verify=self.connection["caBundle"]).json()
        now = int(datetime.now(UTC).timestamp())
        return AccessToken(answer["access_token"], now + answer["expires_in"])


def advance_clock(connection: dict, duration: str) -> None:
    """Moves the emulator's clock ahead."""
    headers = {"authorization": f"Bearer {connection['controlToken']}"}
    url = f"{connection['controlUrl']}/clock"
    verify = connection["caBundle"]
    httpx.post(url, json={"advance": duration}, headers=headers, verify=verify).raise_for_status()


async def main(connection: dict) -> None:
    """Luca's first hour as a helpdesk administrator."""
    client = GraphServiceClient(PasswordCredential(connection, PERSON), scopes=[SCOPE])
    client.request_adapter.base_url = f"{connection['graphUrl']}/v1.0"
    directory = client.role_management.directory

    mine = directory.role_eligibility_schedule_instances.filter_by_current_user_with_on("principal")
    eligible = (await mine.get()).value
    print("eligible for", len(eligible), "roles")

    me = await client.me.get()
    request = await directory.role_assignment_schedule_requests.post(
        UnifiedRoleAssignmentScheduleRequest(
            action=UnifiedRoleScheduleRequestActions.SelfActivate,
            principal_id=me.id,
            role_definition_id=eligible[0].role_definition_id,
            directory_scope_id=eligible[0].directory_scope_id,
            justification="Printer on floor 3",
            ticket_info=TicketInfo(ticket_number="INC-1", ticket_system="desk"),
            schedule_info=RequestSchedule(
                expiration=ExpirationPattern(
                    type=ExpirationPatternType.AfterDuration, duration="PT1H"
                )
            ),
        )
    )
    print("activation", request.status)

    active = directory.role_assignment_schedule_instances.filter_by_current_user_with_on(
        "principal"
    )
    print("active now:", [i.assignment_type for i in (await active.get()).value])
    advance_clock(connection, "PT1H")
    print("an hour later:", [i.assignment_type for i in (await active.get()).value])


if __name__ == "__main__":
    read = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    os.environ["SSL_CERT_FILE"] = read["caBundle"]
    asyncio.run(main(read))
