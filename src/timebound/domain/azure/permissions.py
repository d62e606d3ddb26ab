"""What Azure roles allow: actions with wildcards, what is excepted from them, and what is denied.

Source: Azure documentation of role definitions, of deny assignments, and of how access is decided.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from timebound.domain.azure.comparing import Values, matches_pattern
from timebound.domain.azure.conditions import Context, Source
from timebound.domain.azure.hearing import Hearing
from timebound.domain.scopes import Scope


@dataclass(frozen=True, slots=True)
class Permission:
    """A block of a role definition or of a deny assignment: patterns of actions, and exceptions.

    Actions on data are told apart from those on resources. A `condition` limits the block alone.
    """

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    condition: str | None = None

    def covers(self, action: str, *, is_data: bool = False) -> bool:
        """Whether the block speaks of the action; what it excepts, another may still allow."""
        wanted = self.data_actions if is_data else self.actions
        excepted = self.not_data_actions if is_data else self.not_actions
        return _is_among(action, wanted) and not _is_among(action, excepted)


@dataclass(frozen=True, slots=True)
class Access:
    """What one role assignment gives: the blocks of its role, and its own condition."""

    permissions: tuple[Permission, ...]
    condition: str | None = None

    def allows(self, call: Context, hearing: Hearing, *, is_data: bool = False) -> bool:
        """Whether it allows the call: nothing does whose condition does not come out true."""
        found = (one for one in self.permissions if one.covers(call.action, is_data=is_data))
        is_covered = any(is_met(one.condition, call, hearing) for one in found)
        return is_covered and is_met(self.condition, call, hearing)

    def is_sure_of(self, action: str) -> bool:
        """Whether it allows the action under no condition at all."""
        found = (one for one in self.permissions if not one.condition)
        return not self.condition and any(one.covers(action) for one in found)


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do at one place at an instant.

    `attributes` are those of the call that conditions may ask about. All that is asked of what was
    loaded together is one `hearing`; where there is none, each question is one of its own.
    """

    scope: Scope
    accesses: tuple[Access, ...] = ()
    denied: tuple[Permission, ...] = ()
    attributes: Mapping[tuple[Source, str], Values] = field(default_factory=dict)
    hearing: Hearing | None = field(default=None, compare=False, repr=False)

    def allows(self, action: str, *, is_data: bool = False, is_unconditional: bool = False) -> bool:
        """Whether the action is allowed there, and denied by nothing.

        With `is_unconditional` nothing counts that is limited by a condition: neither a role
        assignment nor a block of a role.
        """
        call = Context(action, self.attributes)
        accesses = (
            filter(None, map(_drop_limited, self.accesses)) if is_unconditional else self.accesses
        )
        hearing = self.hearing or Hearing()
        return is_allowed(call, accesses, self.denied, hearing, is_data=is_data)


def give_action(rights: Rights, action: str) -> Rights:
    """The rights with an action that everybody is given there; what is denied stays denied."""
    return replace(rights, accesses=(*rights.accesses, Access((Permission((action,)),))))


def is_allowed(
    call: Context,
    accesses: Iterable[Access],
    denied: Iterable[Permission] = (),
    hearing: Hearing | None = None,
    *,
    is_data: bool = False,
) -> bool:
    """Whether the call is allowed: by one of the assignments, and denied by none.

    A denial whose condition cannot be judged denies.
    """
    hearing = hearing or Hearing()
    if any(is_denied(one, call, hearing, is_data=is_data) for one in denied):
        return False
    return any(one.allows(call, hearing, is_data=is_data) for one in accesses)


def is_met(condition: str | None, call: Context, hearing: Hearing) -> bool:
    """Whether a condition is true of the call; there is nothing to meet where there is none."""
    return not condition or hearing.judge(condition, call) is True


def _drop_limited(access: Access) -> Access | None:
    """What it gives whatever is asked; nothing where all is limited by one condition."""
    if access.condition:
        return None
    return Access(tuple(one for one in access.permissions if not one.condition))


def is_denied(
    denial: Permission, call: Context, hearing: Hearing, *, is_data: bool = False
) -> bool:
    """Whether a block of a deny assignment denies the call; one that cannot be judged does."""
    if not denial.covers(call.action, is_data=is_data):
        return False
    return not denial.condition or hearing.judge(denial.condition, call) is not False


def _is_among(action: str, patterns: Iterable[str]) -> bool:
    return any(matches_pattern(action, pattern) for pattern in patterns)
