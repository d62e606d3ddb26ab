"""What a change set writes about custom extensions."""

from dataclasses import dataclass

from timebound.domain.extensions import CustomExtension


@dataclass(frozen=True, slots=True)
class PutExtension:
    """A custom extension, new or changed."""

    extension: CustomExtension
