"""What lies above what: a place of Azure with all that it lies in.

Source: Azure documentation of scopes, of custom roles, and of how access is decided.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from timebound.domain.azure.places import ROOT
from timebound.domain.folding import fold


@dataclass(frozen=True, slots=True)
class Ancestry:
    """The paths from a place up to the tenant's own, innermost first.

    Of a path that is not among them nothing is known, and nothing counts.
    """

    paths: tuple[str, ...] = (ROOT.path,)

    def __contains__(self, path: object) -> bool:
        """Whether a path is of the place or of one that it lies in."""
        return path in self.paths

    def from_(self, path: str) -> tuple[str, ...]:
        """The paths at and above one of them."""
        return self.paths[self.paths.index(path) :] if path in self.paths else ()

    def is_above(self, path: str, other: str) -> bool:
        """Whether one lies above the other, and is not the same."""
        return path != other and path in self.from_(other)

    def may_lift(self, path: str, denied_at: str) -> bool:
        """Whether rights held at a path lift denials that are somewhere.

        They do where they are held above; at the tenant's own place, which nothing lies above,
        where they are held there. So an owner locks nobody out who owns more, and nobody is locked
        out for good.
        """
        is_root = path == denied_at == ROOT.path
        return is_root or self.is_above(path, denied_at)

    def offers(self, assignable: Iterable[str], path: str) -> bool:
        """Whether a role with those assignable scopes counts where it is held at a path.

        Whoever can change the role has a say at its assignable scopes alone: held outside of
        them, as after a move, it gives nothing.
        """
        at_or_above = {fold(one) for one in self.from_(path)}
        return any(fold(one) in at_or_above for one in assignable)
