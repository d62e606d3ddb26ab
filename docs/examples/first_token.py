"""A first token by client credentials, and a first question asked with it.

    python docs/examples/first_token.py https://pim.example.com TENANT CLIENT_ID < secret

The certificate to trust is what SSL_CERT_FILE names, if it is not trusted already.
"""

import asyncio
import os
import sys

from azure.identity import ClientSecretCredential
from msgraph import GraphServiceClient

SCOPE = "https://graph.microsoft.com/.default"


async def main(origin: str, tenant: str, client_id: str, secret: str) -> None:
    """Lists who is eligible for what."""
    credential = ClientSecretCredential(
        tenant, client_id, secret, authority=origin, disable_instance_discovery=True
    )
    client = GraphServiceClient(credential, scopes=[SCOPE])
    client.request_adapter.base_url = f"{origin}/v1.0"
    directory = client.role_management.directory
    for eligible in (await directory.role_eligibility_schedule_instances.get()).value:
        person = await client.users.by_user_id(eligible.principal_id).get()
        roles = directory.role_definitions
        role = await roles.by_unified_role_definition_id(eligible.role_definition_id).get()
        print(person.display_name, "is eligible for", role.display_name)


if __name__ == "__main__":
    # azure-identity asks with `requests`, which has a variable of its own.
    if "SSL_CERT_FILE" in os.environ:
        os.environ["REQUESTS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"]
    asyncio.run(main(*sys.argv[1:4], sys.stdin.readline().strip()))
