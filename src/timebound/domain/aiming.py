"""What a deed about an assignment is aimed at, as conditions of Azure roles see it."""

from dataclasses import replace

from timebound.domain.authority import Target
from timebound.domain.azure.attributes import rights_to_assign, rights_to_unassign
from timebound.domain.facts import Facts


def aim(facts: Facts, *, is_ending: bool) -> Target:
    """The target of the facts, told of the assignment that is given or taken away there."""
    rights = facts.target.rights
    if rights is None:
        return facts.target
    kind = None if facts.principal is None else facts.principal.kind
    tell = rights_to_unassign if is_ending else rights_to_assign
    return replace(facts.target, rights=tell(rights, facts.slot, kind))
