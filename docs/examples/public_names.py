"""A client that knows nothing of Timebound: Microsoft's SDK as it comes, with its own host names.

    docs/examples/with_public_names.sh python docs/examples/public_names.py connection.json

The emulator has to run in the same namespace, with `--public-names` on port 443. The connection
file gives the application and its secret; the certificate is what SSL_CERT_FILE names.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from azure.identity import ClientSecretCredential
from msgraph import GraphServiceClient


async def main(connection: dict) -> None:
    """Lists who is eligible for what; no address is given to anything."""
    application = next(one for one in connection["applications"] if one["clientSecret"])
    credential = ClientSecretCredential(
        connection["tenantId"], application["clientId"], application["clientSecret"]
    )
    client = GraphServiceClient(credential)
    directory = client.role_management.directory
    held = await directory.role_eligibility_schedule_instances.get()
    print("asked", client.request_adapter.base_url)
    print("eligible:", len(held.value))


if __name__ == "__main__":
    read = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    # azure-identity asks with `requests`, which has a variable of its own.
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        os.environ[name] = read["publicCaBundle"]
    asyncio.run(main(read))
