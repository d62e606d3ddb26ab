"""What the definition of an Azure role says besides what definitions of all kinds do."""

from dataclasses import dataclass

from timebound.domain.azure.permissions import Permission
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class AzureDefinition:
    """What a role allows, and who wrote that when; of a built-in one nobody is told."""

    permissions: tuple[Permission, ...]
    created_at: Instant | None = None
    created_by: str | None = None
    updated_at: Instant | None = None
    updated_by: str | None = None
