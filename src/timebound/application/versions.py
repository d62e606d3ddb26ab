"""The versions of facts that were loaded one after the other."""

from collections.abc import Mapping

from timebound.application.changes import FactKey


class Versions:
    """What a decision rests on, over all of its loads.

    Where a fact moved on between two loads the older version stays, so that nothing is applied.
    """

    def __init__(self) -> None:
        self._known: dict[FactKey, int] = {}

    def add(self, versions: Mapping[FactKey, int]) -> None:
        """Adds what another load rests on."""
        for key, version in versions.items():
            self._known[key] = min(version, self._known.get(key, version))

    @property
    def all(self) -> Mapping[FactKey, int]:
        """Everything that the loads rest on."""
        return self._known
