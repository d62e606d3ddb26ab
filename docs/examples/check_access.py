"""An enforcement point that asks before it lets somebody through, in the words of OpenID AuthZEN.

Run it against an emulator: `python docs/examples/check_access.py .timebound/connection.json`
"""

import json
import sys
from pathlib import Path

import httpx
from first_activation import SCOPE, PasswordCredential, advance_clock

PERSON = "mei@larkfield.example"
ACTION = "microsoft.azure.supportTickets/tickets/create"
GROUPS = "/v1.0/identityGovernance/privilegedAccess/group"


class EnforcementPoint:
    """Asks whether people may do things, as an application that reads who holds which role."""

    def __init__(self, connection: dict) -> None:
        self.client = httpx.Client(verify=connection["caBundle"])
        own = next(a for a in connection["applications"] if a["kind"] == "confidential")
        url = f"{connection['authority']}/{connection['tenantId']}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": own["clientId"],
            "client_secret": own["clientSecret"],
            "scope": SCOPE,
        }
        token = self.client.post(url, data=form).json()["access_token"]
        self.client.headers["authorization"] = f"Bearer {token}"
        origin = connection["graphUrl"]
        self.known = self.client.get(f"{origin}/.well-known/authzen-configuration").json()

    def check(self, person: str, action: str, place: str = "/") -> dict:
        """The decision about one action at one place of the directory."""
        asked = {
            "subject": {"type": "user", "id": person},
            "action": {"name": action},
            "resource": {"type": "directory", "id": place},
        }
        return self.client.post(self.known["access_evaluation_endpoint"], json=asked).json()

    def check_all(self, person: str, actions: list[str]) -> list[bool]:
        """The decisions about several actions in the whole directory."""
        asked = {
            "subject": {"type": "user", "id": person},
            "resource": {"type": "directory", "id": "/"},
            "evaluations": [{"action": {"name": action}} for action in actions],
        }
        told = self.client.post(self.known["access_evaluations_endpoint"], json=asked).json()
        return [one["decision"] for one in told["evaluations"]]


def come_on_call(connection: dict) -> None:
    """Mei activates, for an hour, the membership of the group that holds the role."""
    token = PasswordCredential(connection, PERSON).get_token(SCOPE).token
    with httpx.Client(
        base_url=connection["graphUrl"],
        headers={"authorization": f"Bearer {token}"},
        verify=connection["caBundle"],
    ) as client:
        mine = f"{GROUPS}/eligibilityScheduleInstances/filterByCurrentUser(on='principal')"
        eligible = client.get(mine).json()["value"][0]
        asked = {
            "action": "selfActivate",
            "accessId": eligible["accessId"],
            "groupId": eligible["groupId"],
            "principalId": eligible["principalId"],
            "justification": "On call tonight",
            "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
        }
        client.post(f"{GROUPS}/assignmentScheduleRequests", json=asked).raise_for_status()


def main(connection: dict) -> None:
    """Mei may open support tickets for as long as she is on call."""
    point = EnforcementPoint(connection)
    print("before:", point.check(PERSON, ACTION)["decision"])
    come_on_call(connection)
    told = point.check(PERSON, ACTION)
    print("on call:", told["decision"], "until" if told["context"]["until"] else "for ever")
    deeds = [ACTION, "microsoft.directory/users/delete"]
    print("several:", point.check_all(PERSON, deeds))
    advance_clock(connection, "PT1H")
    print("an hour later:", point.check(PERSON, ACTION)["decision"])


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
