"""May this caller do this here? Asked in one place, below every door.

A caller needs the permission in the token *and* granted to the application now; a person needs in
addition one of the operation's directory roles, in force at the instant. What a token says about
roles (`wids`) is never looked at. What each operation needs is in `requirements`.
"""

from dataclasses import dataclass, field
from typing import Final

from timebound.domain.azure.permissions import Rights
from timebound.domain.first_party import AZURE_PERMISSION, PROGRAMS, list_unasked
from timebound.domain.ids import ApplicationId, PrincipalId, RoleId, TenantId
from timebound.domain.policies.rule import SignIn
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.requirements import REQUIREMENTS, Operation, Requirement, Stricter
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, object_scope, unit_scope
from timebound.domain.settings import TenantSettings
from timebound.domain.times import Instant

_WHOLE_DIRECTORY: Final = frozenset({DIRECTORY_ROOT})


@dataclass(frozen=True, slots=True)
class Token:
    """What a verified access token says about its bearer."""

    tenant_id: TenantId
    principal_id: PrincipalId
    application_id: ApplicationId
    permissions: frozenset[str]
    """The values of `scp` for a person, of `roles` for an application."""
    sign_in: SignIn = field(default_factory=SignIn)
    is_of_service: bool = False
    """Whether pages of the service speak for who is in front of them: nobody consents to those.

    Never read from a token that was sent.
    """
    issued_at: Instant | None = None
    """When it was issued, by the system's clock; none where nothing was: then it cannot be old."""
    family_id: str = ""
    """Which sign-in it came of, as far as that is kept."""


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role the caller effectively holds at the instant."""

    role_id: RoleId
    scope: Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """The bearer of a token as the service sees them now."""

    token: Token
    is_enabled: bool
    granted: frozenset[str]
    """The permissions granted to the application now (consented ones for a person)."""
    roles: frozenset[HeldRole] = frozenset()
    group_ids: frozenset[PrincipalId] = frozenset()
    display_name: str | None = None
    settings: TenantSettings = field(default_factory=TenantSettings)
    """What the tenant has set: whoever is asked about is asked with it."""

    @property
    def id(self) -> PrincipalId:
        """The object id of the person or of the application's service principal."""
        return self.token.principal_id

    @property
    def is_application(self) -> bool:
        """Whether an application calls on its own."""
        return self.token.sign_in.is_application

    @property
    def permissions(self) -> frozenset[str]:
        """What the token says and what is granted now, both.

        Programs of Microsoft's may be let do more than was ever granted. Whether it is one was
        judged when the token said so; whether they are let is judged now.
        """
        said, program = self.token.permissions, PROGRAMS.get(self.token.application_id)
        if self.token.is_of_service:
            return said
        if program is None or self.is_application:
            return said & self.granted
        return said & (self.granted | list_unasked(program, self.settings))

    def holds_any(
        self, role_ids: frozenset[RoleId], scopes: frozenset[Scope] = _WHOLE_DIRECTORY
    ) -> bool:
        """Whether one of the roles is held at one of the scopes."""
        return any(h.role_id in role_ids and h.scope in scopes for h in self.roles)


@dataclass(frozen=True, slots=True)
class Target:
    """What a write is about, as far as the authority for it goes; nothing yet where it is made new.

    `is_privileged` tells that who controls it could come to a role; one that `is_delegable` leaves
    to its owners all the same who is in it. `restricted_unit_ids` are those of its units that only
    administrators of the unit itself may manage the members of.
    """

    id: PrincipalId | None = None
    unit_ids: frozenset[PrincipalId] = frozenset()
    restricted_unit_ids: frozenset[PrincipalId] = frozenset()
    owner_ids: frozenset[PrincipalId] = frozenset()
    is_privileged: bool = False
    is_delegable: bool = False
    rights: Rights | None = None
    """What the caller may do at the place in Azure; nothing where none are known."""

    @property
    def scopes(self) -> frozenset[Scope]:
        """Where a role must be held to count for it."""
        if self.restricted_unit_ids:
            return frozenset(unit_scope(unit_id) for unit_id in self.restricted_unit_ids)
        around = {DIRECTORY_ROOT, *(unit_scope(unit_id) for unit_id in self.unit_ids)}
        return frozenset(around if self.id is None else {*around, object_scope(self.id)})


_ANYTHING: Final = Target()


def authorize(
    operation: Operation, caller: Caller, target: Target = _ANYTHING
) -> tuple[Problem, ...]:
    """Why the caller may not do this to the target: nothing if they may.

    Source: behaviour book 6; the published permission and role tables of each operation.
    """
    needed = REQUIREMENTS[operation]
    if not caller.is_enabled:
        return (Problem(Code.CALLER_NOT_ADMITTED),)
    if needed.action is not None:
        return _check_action(needed, needed.action, caller, target)
    is_owner = needed.is_owner_enough and caller.id in target.owner_ids
    names = _list_permissions(needed, caller, is_owner=is_owner)
    if names is None:
        return (Problem(Code.ACCESS_DENIED),)
    is_asked = bool(names) or not caller.is_application
    if is_asked and caller.permissions.isdisjoint(names):
        return (Problem(Code.PERMISSION_MISSING, names=names),)
    stricter = needed.privileged if target.is_privileged else None
    if _belongs(needed, stricter, caller, target):
        return ()
    if stricter is not None and (problems := _check_privileged(stricter, caller)):
        return problems
    if _holds_role(needed, stricter, caller, target):
        return ()
    return (Problem(Code.ACCESS_DENIED),)


def authorize_action(action: str, caller: Caller, target: Target) -> tuple[Problem, ...]:
    """Why the caller may not carry out an action of a provider at the target's place.

    For actions that follow from what is called, as those on resources of any type do.
    """
    if not caller.is_enabled:
        return (Problem(Code.CALLER_NOT_ADMITTED),)
    return _check_action(Requirement((AZURE_PERMISSION,), ()), action, caller, target)


def _check_action(
    needed: Requirement, action: str, caller: Caller, target: Target
) -> tuple[Problem, ...]:
    """Azure judges people and applications alike, by their roles at the place.

    A person's token has to carry the permission to act for them there. Source: the issue's rules
    of authorization; Azure documentation of how access is decided.
    """
    if not caller.is_application and caller.permissions.isdisjoint(needed.delegated):
        return (Problem(Code.PERMISSION_MISSING, names=needed.delegated),)
    rights = target.rights
    if rights is not None and rights.allows(action, is_unconditional=needed.is_unconditional):
        return ()
    is_limited = needed.is_unconditional and rights is not None and rights.allows(action)
    return (
        Problem(
            Code.ACTION_NOT_ALLOWED,
            reason=Reason.CONDITIONAL if is_limited else None,
            names=(action,),
            value=None if rights is None else rights.scope.path,
        ),
    )


def _belongs(
    needed: Requirement, stricter: Stricter | None, caller: Caller, target: Target
) -> bool:
    """Whether the caller needs no role, for what the target is to them."""
    if target.restricted_unit_ids:
        return False
    if needed.is_member_enough and target.id in caller.group_ids:
        return True
    is_left_to_owners = stricter is None or (stricter.is_owner_enough and target.is_delegable)
    return is_left_to_owners and needed.is_owner_enough and caller.id in target.owner_ids


def _list_permissions(
    needed: Requirement, caller: Caller, *, is_owner: bool
) -> tuple[str, ...] | None:
    if not caller.is_application:
        return needed.delegated
    if needed.application is None or not is_owner:
        return needed.application
    return (*needed.application, *needed.owning)


def _check_privileged(stricter: Stricter, caller: Caller) -> tuple[Problem, ...]:
    names = stricter.application if caller.is_application else stricter.delegated
    if names and caller.permissions.isdisjoint(names):
        return (Problem(Code.PERMISSION_MISSING, names=names),)
    if caller.is_application or caller.holds_any(stricter.roles):
        return ()
    return (Problem(Code.ACCESS_DENIED),)


def _holds_role(
    needed: Requirement, stricter: Stricter | None, caller: Caller, target: Target
) -> bool:
    """Whether a role that counts is held where it counts.

    In a restricted unit the whole directory's administrators and applications count for nothing:
    they need a role at the unit (Microsoft's rule for restricted management units).
    """
    if needed.roles is None:
        return True
    roles = needed.roles if stricter is None else needed.roles | stricter.roles
    if target.restricted_unit_ids:
        return caller.holds_any(roles, target.scopes)
    if caller.is_application:
        return True
    scopes = _WHOLE_DIRECTORY if needed.needs_directory else target.scopes
    return stricter is not None or caller.holds_any(roles, scopes)
