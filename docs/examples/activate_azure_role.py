"""A role at one resource of Azure, with the unmodified azure-identity and azure-mgmt-authorization.

Run it against an emulator: `python docs/examples/activate_azure_role.py .timebound/connection.json`
"""

import json
import os
import sys
import uuid
from pathlib import Path

from azure.core.credentials import TokenCredential
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.authorization.v2020_10_01 import models
from first_activation import PasswordCredential, advance_clock

PERSON = "ben@larkfield.example"
SCOPE = "https://management.azure.com/.default"
EVERYWHERE = ""


def open_client(connection: dict, credential: TokenCredential) -> AuthorizationManagementClient:
    """The client as it comes; only where it asks is set."""
    return AuthorizationManagementClient(
        credential,
        connection["subscriptionId"],
        base_url=connection["armUrl"],
        credential_scopes=[SCOPE],
    )


def make_credential(connection: dict) -> ClientSecretCredential:
    """What the application that owns the subscription signs in with."""
    application = next(one for one in connection["applications"] if one["clientSecret"])
    return ClientSecretCredential(
        connection["tenantId"],
        application["clientId"],
        application["clientSecret"],
        authority=connection["authority"],
        disable_instance_discovery=True,
    )


def ask(person: AuthorizationManagementClient, place: str, request: object) -> str:
    """What becomes of a request, whose name the client chooses."""
    asked = person.role_assignment_schedule_requests
    return asked.create(place, str(uuid.uuid4()), request).status


def main(connection: dict) -> None:
    """Ben looks after a key vault, and gives the role back when he is done."""
    with (
        open_client(connection, PasswordCredential(connection, PERSON)) as ben,
        open_client(connection, make_credential(connection)) as owner,
    ):
        mine = ben.role_eligibility_schedule_instances
        (eligible,) = mine.list_for_scope(EVERYWHERE, filter="asTarget()")
        about = eligible.expanded_properties
        print("eligible:", about.role_definition.display_name, "at", about.scope.display_name)

        # A scope stands in the middle of a path: without the slash in front.
        place = eligible.scope.lstrip("/")
        named = {
            "principal_id": eligible.principal_id,
            "role_definition_id": eligible.role_definition_id,
        }
        schedule = models.RoleAssignmentScheduleRequestPropertiesScheduleInfo(
            expiration=models.RoleAssignmentScheduleRequestPropertiesScheduleInfoExpiration(
                type="AfterDuration", duration="PT1H"
            )
        )
        activation = models.RoleAssignmentScheduleRequest(
            **named,
            request_type="SelfActivate",
            justification="Certificate of the shop",
            schedule_info=schedule,
        )

        def tell(when: str) -> None:
            held = owner.role_assignments.list_for_scope(
                place, filter=f"principalId eq '{eligible.principal_id}'"
            )
            print(f"{when}: assigned", [one.scope.rsplit("/", 1)[1] for one in held])

        tell("before")
        print("activation", ask(ben, place, activation))
        tell("now")
        # Nothing is given back in the first five minutes.
        advance_clock(connection, "PT6M")
        back = models.RoleAssignmentScheduleRequest(**named, request_type="SelfDeactivate")
        print("given back", ask(ben, place, back))
        tell("then")


if __name__ == "__main__":
    read = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    # What the SDK asks with, `requests`, has a variable of its own.
    os.environ["REQUESTS_CA_BUNDLE"] = read["caBundle"]
    main(read)
