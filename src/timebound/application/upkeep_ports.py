"""What an installation keeps about itself."""

from collections.abc import Mapping
from typing import Protocol

from timebound.application.changes import ChangeSet


class UpkeepStore(Protocol):
    """What the composition root alone asks: named values of the installation, and a fresh start.

    They are the profile, the floor of the clock, the movement of the test clock, the counter of
    ids, what is known of the operator's codes for first administrators, and how far retention came.
    """

    async def read_meta(self, key: str) -> str | None:
        """The value of a name; none if it was never written."""
        ...

    async def write_meta(self, key: str, value: str) -> None:
        """Sets the value of a name, durably."""
        ...

    async def swap_meta(self, key: str, known: str | None, value: str) -> bool:
        """Sets the value of a name if it has the one that is known (none: no value), durably.

        True for exactly one of however many exchange what all of them know.
        """
        ...

    async def raise_meta(self, key: str, value: str) -> str:
        """Sets the value of a name unless it has a greater one (letter by letter), durably.

        Answers what is kept then. Of several servers that raise one name the greatest value stays.
        """
        ...

    async def start_over(self, change: ChangeSet, named: Mapping[str, str]) -> None:
        """Puts a new tenant in the place of every tenant with all its history, whole or not at all.

        `change` makes it and rests on no fact; the named values are set with it, others and the
        signing keys stay. Nobody finds the old one gone before the new one is there. Only an
        emulator asks for it, when it goes back to its seed.
        """
        ...
