"""Which operation a deed is, by the kind of scope that it is about.

The one place that tells them apart, so that no door chooses what it is judged as: a permission for
roles of the directory does nothing to a group, and the other way round.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from timebound.domain.operations import Operation
from timebound.domain.requests import Action, Draft, RequestKind
from timebound.domain.scopes import ScopeKind


@dataclass(frozen=True, slots=True)
class Deeds:
    """What is done about requests of one kind."""

    administer: Operation
    remove: Operation
    use_own: Operation
    read: Operation
    read_own: Operation


@dataclass(frozen=True, slots=True)
class KindOfWork:
    """What is done about roles at scopes of one kind."""

    eligibilities: Deeds
    assignments: Deeds
    decide: Operation
    read_approvals: Operation
    read_own_approvals: Operation
    assign: Operation
    """Giving a role past requests; who is in a group is changed with the group."""
    unassign: Operation

    def of(self, kind: RequestKind) -> Deeds:
        """What is done about requests of the kind."""
        return self.eligibilities if kind is RequestKind.ELIGIBILITY else self.assignments


_ROLES: Final = KindOfWork(
    Deeds(
        administer=Operation.ADMINISTER_ELIGIBILITIES,
        remove=Operation.REMOVE_ELIGIBILITIES,
        use_own=Operation.EXTEND_OWN_ELIGIBILITY,
        read=Operation.READ_ELIGIBILITIES,
        read_own=Operation.READ_OWN_ELIGIBILITIES,
    ),
    Deeds(
        administer=Operation.ADMINISTER_ASSIGNMENTS,
        remove=Operation.REMOVE_ASSIGNMENTS,
        use_own=Operation.USE_OWN_ELIGIBILITY,
        read=Operation.READ_ASSIGNMENTS,
        read_own=Operation.READ_OWN_ASSIGNMENTS,
    ),
    decide=Operation.DECIDE_APPROVAL,
    read_approvals=Operation.READ_ALL_APPROVALS,
    read_own_approvals=Operation.READ_OWN_APPROVALS,
    assign=Operation.CHANGE_ROLE_ASSIGNMENTS,
    unassign=Operation.CHANGE_ROLE_ASSIGNMENTS,
)
_GROUPS: Final = KindOfWork(
    Deeds(
        administer=Operation.ADMINISTER_GROUP_ELIGIBILITIES,
        remove=Operation.REMOVE_GROUP_ELIGIBILITIES,
        use_own=Operation.EXTEND_OWN_GROUP_ELIGIBILITY,
        read=Operation.READ_GROUP_ELIGIBILITIES,
        read_own=Operation.READ_OWN_GROUP_ELIGIBILITIES,
    ),
    Deeds(
        administer=Operation.ADMINISTER_GROUP_ASSIGNMENTS,
        remove=Operation.REMOVE_GROUP_ASSIGNMENTS,
        use_own=Operation.USE_OWN_GROUP_ELIGIBILITY,
        read=Operation.READ_GROUP_ASSIGNMENTS,
        read_own=Operation.READ_OWN_GROUP_ASSIGNMENTS,
    ),
    decide=Operation.DECIDE_GROUP_APPROVAL,
    read_approvals=Operation.READ_ALL_GROUP_APPROVALS,
    read_own_approvals=Operation.READ_OWN_GROUP_APPROVALS,
    assign=Operation.CHANGE_ROLE_ASSIGNMENTS,
    unassign=Operation.CHANGE_ROLE_ASSIGNMENTS,
)
_AZURE: Final = KindOfWork(
    Deeds(
        administer=Operation.ADMINISTER_AZURE_ELIGIBILITIES,
        remove=Operation.REMOVE_AZURE_ELIGIBILITIES,
        use_own=Operation.EXTEND_OWN_AZURE_ELIGIBILITY,
        read=Operation.READ_AZURE_ELIGIBILITIES,
        read_own=Operation.READ_OWN_AZURE_ELIGIBILITIES,
    ),
    Deeds(
        administer=Operation.ADMINISTER_AZURE_ASSIGNMENTS,
        remove=Operation.REMOVE_AZURE_ASSIGNMENTS,
        use_own=Operation.USE_OWN_AZURE_ELIGIBILITY,
        read=Operation.READ_AZURE_ASSIGNMENTS,
        read_own=Operation.READ_OWN_AZURE_ASSIGNMENTS,
    ),
    decide=Operation.DECIDE_AZURE_APPROVAL,
    read_approvals=Operation.READ_ALL_AZURE_APPROVALS,
    read_own_approvals=Operation.READ_OWN_AZURE_APPROVALS,
    assign=Operation.ASSIGN_AZURE_ROLE,
    unassign=Operation.UNASSIGN_AZURE_ROLE,
)
_OTHERS: Final = {ScopeKind.GROUP: _GROUPS, ScopeKind.AZURE: _AZURE}
WORK: Final[Mapping[ScopeKind, KindOfWork]] = MappingProxyType(
    {kind: _OTHERS.get(kind, _ROLES) for kind in ScopeKind}
)


def deeds_of(draft: Draft) -> Deeds:
    """What is done about requests like the draft."""
    return WORK[draft.slot.scope.kind].of(draft.kind)


def operation_of(draft: Draft) -> Operation:
    """The operation that a draft has to be permitted as."""
    deeds = deeds_of(draft)
    if draft.action.is_self:
        return deeds.use_own
    return deeds.remove if draft.action is Action.ADMIN_REMOVE else deeds.administer
