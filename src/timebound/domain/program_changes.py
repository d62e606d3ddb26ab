"""Applications, service principals and units: owners, members, client secrets, permissions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from timebound.domain.authority import Target, authorize
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.directory_changes import refuse_property
from timebound.domain.events import Fact
from timebound.domain.ids import ApplicationId
from timebound.domain.principal_changes import PrincipalFacts, refuse_absent
from timebound.domain.privileged import is_privileged_permission
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.program_keys import CHANGING_SECRETS, KEYS, check_keys, read_keys
from timebound.domain.requirements import Operation
from timebound.domain.times import Instant

PASSWORDS: Final = "passwordCredentials"
_OWNERS: Final = {
    ObjectKind.APPLICATION: Operation.CHANGE_APPLICATION_OWNERS,
    ObjectKind.SERVICE_PRINCIPAL: Operation.CHANGE_SERVICE_PRINCIPAL_OWNERS,
}
_OWNING_KINDS: Final = (ObjectKind.USER, ObjectKind.SERVICE_PRINCIPAL)
_UNIT_KINDS: Final = (ObjectKind.USER, ObjectKind.GROUP)


@dataclass(frozen=True, slots=True)
class SecretDraft:
    """A client secret as it is asked for; the service chooses what it is."""

    key_id: str
    hint: str
    start: Instant
    end: Instant
    display_name: str | None = None

    def published(self) -> Mapping[str, Fact]:
        """What everybody who may read the application is told of it."""
        return {
            "customKeyIdentifier": None,
            "displayName": self.display_name,
            "endDateTime": self.end.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "hint": self.hint,
            "keyId": self.key_id,
            "secretText": None,
            "startDateTime": self.start.isoformat(timespec="seconds").replace("+00:00", "Z"),
        }


@dataclass(frozen=True, slots=True)
class Link:
    """Something that is put into another thing, or taken out: the facts about both.

    `is_there` tells whether it is in already, `is_added` whether it is to be.
    """

    facts: PrincipalFacts
    other: PrincipalFacts
    is_there: bool
    is_added: bool


def decide_owner(link: Link, kind: ObjectKind) -> DirectoryObject | Refused:
    """Gives an application or a service principal an owner, or takes one away."""
    return _decide_link(link, kind, _OWNERS[kind], "owners", _OWNING_KINDS)


def decide_unit_member(link: Link) -> DirectoryObject | Refused:
    """Puts a person or a group into an administrative unit, or takes them out.

    Whoever administers the unit may then manage them, unless they are privileged; taking them out
    of a restricted unit is how others come to manage them again.
    """
    operation = Operation.CHANGE_UNIT_MEMBERS
    return _decide_link(link, ObjectKind.ADMINISTRATIVE_UNIT, operation, "members", _UNIT_KINDS)


def _decide_link(
    link: Link,
    kind: ObjectKind,
    operation: Operation,
    named: str,
    kinds: tuple[ObjectKind, ...],
) -> DirectoryObject | Refused:
    facts, other = link.facts, link.other.object
    found = facts.object
    if found is None or found.deleted_at is not None or found.kind is not kind:
        return refuse_absent(facts, (operation,))
    target = facts.target
    is_privileged = target.is_privileged or _makes_privileged(link, operation)
    problems = authorize(operation, facts.caller, replace(target, is_privileged=is_privileged))
    problems = problems or _check_link(link, other, named, kinds)
    return Refused(problems) if problems else found


def _makes_privileged(link: Link, operation: Operation) -> bool:
    return operation is Operation.CHANGE_UNIT_MEMBERS and link.other.target.is_privileged


def _check_link(
    link: Link, other: DirectoryObject | None, named: str, kinds: tuple[ObjectKind, ...]
) -> tuple[Problem, ...]:
    if other is None or (link.is_added and other.deleted_at is not None):
        return (Problem(Code.OBJECT_NOT_FOUND, value=link.other.target.id),)
    if not link.is_added:
        missing = Problem(Code.OBJECT_NOT_FOUND, value=other.id)
        return () if link.is_there else (missing,)
    if other.kind not in kinds:
        return (refuse_property(named, Reason.WRONG_KIND),)
    return (Problem(Code.REFERENCE_EXISTS, property=named),) if link.is_there else ()


def decide_secret(
    facts: PrincipalFacts, kind: ObjectKind, draft: SecretDraft
) -> DirectoryObject | Refused:
    """The application with one more client secret; refused where it would end before it begins."""
    found = _find_program(facts, kind)
    if isinstance(found, Refused):
        return found
    if draft.end <= draft.start:
        problem = refuse_property("passwordCredential/endDateTime", Reason.END_BEFORE_START)
        return Refused((problem,))
    return _with_secrets(found, (*_secrets_of(found), draft.published()))


def decide_secret_removal(
    facts: PrincipalFacts, kind: ObjectKind, key_id: str
) -> DirectoryObject | Refused:
    """The application without a client secret; refused where it has none of that key."""
    found = _find_program(facts, kind)
    if isinstance(found, Refused):
        return found
    known = _secrets_of(found)
    kept = tuple(one for one in known if one.get("keyId") != key_id)
    if len(kept) == len(known):
        return Refused((refuse_property("keyId", Reason.UNKNOWN_VALUE, key_id),))
    return _with_secrets(found, kept)


def _find_program(facts: PrincipalFacts, kind: ObjectKind) -> DirectoryObject | Refused:
    found, operation = facts.object, CHANGING_SECRETS[kind]
    if found is None or found.deleted_at is not None or found.kind is not kind:
        return refuse_absent(facts, (operation,))
    problems = authorize(operation, facts.caller, facts.target)
    return Refused(problems) if problems else found


def _secrets_of(found: DirectoryObject) -> tuple[Mapping[str, Fact], ...]:
    kept = found.attributes.get(PASSWORDS)
    if not isinstance(kept, tuple):
        return ()
    return tuple(one for one in kept if isinstance(one, Mapping))


def _with_secrets(found: DirectoryObject, kept: tuple[Mapping[str, Fact], ...]) -> DirectoryObject:
    return replace(found, attributes={**found.attributes, PASSWORDS: kept})


def find_roller(facts: PrincipalFacts, kind: ObjectKind) -> DirectoryObject | Refused:
    """The object whose keys are rolled: an application needs no permission to roll its own.

    Source: Graph, application: addKey.
    """
    found, caller = facts.object, facts.caller
    is_there = found is not None and found.deleted_at is None and found.kind is kind
    is_own = caller.is_application and caller.is_enabled and found is not None
    if is_there and is_own and found is not None and found.app_id == caller.token.application_id:
        return found
    return _find_program(facts, kind)


def decide_key(
    found: DirectoryObject, key: Mapping[str, Fact], *, is_proved: bool
) -> DirectoryObject | Refused:
    """The object with one more certificate, if whoever asks has the key of one that it keeps."""
    if not is_proved:
        return Refused((refuse_property("proof", Reason.NOT_PROVED),))
    kept = {KEYS: (*read_keys(found.attributes), key)}
    problems = tuple(check_keys(found, kept))
    if problems:
        return Refused(problems)
    return replace(found, attributes={**found.attributes, **kept})


def decide_key_removal(
    found: DirectoryObject, key_id: str, *, is_proved: bool
) -> DirectoryObject | Refused:
    """The object without a certificate; it has to be one that it keeps."""
    if not is_proved:
        return Refused((refuse_property("proof", Reason.NOT_PROVED),))
    known = read_keys(found.attributes)
    kept = tuple(one for one in known if one.get("keyId") != key_id)
    if len(kept) == len(known):
        return Refused((refuse_property("keyId", Reason.UNKNOWN_VALUE, key_id),))
    return replace(found, attributes={**found.attributes, KEYS: kept})


class ConsentMode(Enum):
    """How what is asked relates to what is granted already."""

    GRANT = "grant"
    """These as well; refused where one is granted."""
    REVOKE = "revoke"
    """These no more; refused where one is not granted."""
    FIRST = "first"
    """These, where nothing is granted yet."""
    EXACT = "exact"
    """These and no others, where something is granted."""
    CLEAR = "clear"
    """Nothing any more."""


@dataclass(frozen=True, slots=True)
class ConsentAsk:
    """The permissions that are asked about, for an application alone or on behalf of people."""

    mode: ConsentMode
    names: frozenset[str]
    is_delegated: bool


@dataclass(frozen=True, slots=True)
class Consented:
    """The permissions that an application has from now on, and those it has no more."""

    application_id: ApplicationId
    added: frozenset[str]
    removed: frozenset[str]


def decide_consent(
    facts: PrincipalFacts, held: frozenset[str], ask: ConsentAsk
) -> Consented | Refused:
    """Grants permissions to an application, or revokes them.

    Permissions by which an application could come to a role ask for more, and so does taking them
    away.
    """
    operation = (
        Operation.CONSENT_TO_DELEGATED_PERMISSIONS
        if ask.is_delegated
        else Operation.CONSENT_TO_APPLICATION_PERMISSIONS
    )
    app_id = _read_live_principal(facts.object)
    if app_id is None:
        return refuse_absent(facts, (operation,))
    added, removed = _compare(held, ask)
    target = Target(
        id=facts.target.id,
        is_privileged=any(
            is_privileged_permission(name, is_delegated=ask.is_delegated)
            for name in added | removed | ask.names
        ),
    )
    problems = authorize(operation, facts.caller, target) or _check_consent(held, ask)
    return Refused(problems) if problems else Consented(app_id, added, removed)


def _compare(held: frozenset[str], ask: ConsentAsk) -> tuple[frozenset[str], frozenset[str]]:
    match ask.mode:
        case ConsentMode.GRANT | ConsentMode.FIRST:
            return ask.names, frozenset()
        case ConsentMode.REVOKE:
            return frozenset(), ask.names
        case ConsentMode.EXACT:
            return ask.names - held, held - ask.names
        case ConsentMode.CLEAR:
            return frozenset(), held


def _check_consent(held: frozenset[str], ask: ConsentAsk) -> tuple[Problem, ...]:
    exists = (Problem(Code.OBJECT_EXISTS, property="permission"),)
    missing = (Problem(Code.OBJECT_NOT_FOUND, value=", ".join(sorted(ask.names))),)
    match ask.mode:
        case ConsentMode.GRANT:
            return exists if ask.names & held else ()
        case ConsentMode.FIRST:
            return exists if held else ()
        case ConsentMode.REVOKE:
            return missing if ask.names - held else ()
        case ConsentMode.EXACT | ConsentMode.CLEAR:
            return () if held else missing


def _read_live_principal(found: DirectoryObject | None) -> ApplicationId | None:
    if found is None or found.deleted_at is not None:
        return None
    return found.app_id if found.kind is ObjectKind.SERVICE_PRINCIPAL else None
