"""What an application's registration says about it, beside its account in the tenant."""

from typing import Final

from timebound.domain.directory import DirectoryObject
from timebound.identity.clients import Client
from timebound.identity.granting import Granting

_PUBLIC: Final = "isFallbackPublicClient"


async def find_registration(granting: Granting, client: Client) -> DirectoryObject | None:
    """The application object; none where the application is registered in another tenant."""
    return await granting.store.find_registration(client.tenant.id, client.id)


async def is_public(granting: Granting, client: Client) -> bool:
    """Whether the client can keep no secret."""
    if client.is_public:
        return True
    registration = await find_registration(granting, client)
    return registration is not None and registration.attributes.get(_PUBLIC) is True
