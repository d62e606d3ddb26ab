"""What is carried of Azure in documents: denials, and what custom roles allow."""

from functools import lru_cache
from typing import Final

import msgspec

from timebound.domain.azure.definitions import AzureDefinition
from timebound.domain.azure.denials import Denial
from timebound.domain.azure.permissions import Permission

_KEPT: Final = 1_000
_denials: Final = msgspec.json.Decoder(Denial)
_definitions: Final = msgspec.json.Decoder(AzureDefinition)


@lru_cache(_KEPT)
def read_denial(text: str) -> Denial:
    """A deny assignment."""
    return _denials.decode(text)


@lru_cache(_KEPT)
def read_azure_definition(text: str | None) -> AzureDefinition | None:
    """What the definition of an Azure role says; none for roles of another kind."""
    return None if text is None else _definitions.decode(text)


def read_permissions(text: str | None) -> tuple[Permission, ...]:
    """What a custom role allows; nothing where nothing is said."""
    found = read_azure_definition(text)
    return () if found is None else found.permissions
