"""Principals that a rule leaves out, as it names them."""

from dataclasses import dataclass

from timebound.domain.ids import PrincipalId
from timebound.domain.principals import PrincipalKind


@dataclass(frozen=True, slots=True)
class RuleMember:
    """Somebody that a rule does not bind; `name` is what the rule says of them, and no more."""

    id: PrincipalId
    kind: PrincipalKind
    name: str | None = None
    is_backup: bool = False
