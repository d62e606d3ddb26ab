"""What an application may do on behalf of people: of everybody, or of one person."""

from dataclasses import dataclass

from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId
from timebound.domain.principal_changes import PrincipalFacts
from timebound.domain.problems import Code, Problem
from timebound.domain.program_changes import ConsentAsk, Consented, decide_consent


@dataclass(frozen=True, slots=True)
class Person:
    """On whose behalf an application is to act: the id that was named, and what is there."""

    id: PrincipalId
    object: DirectoryObject | None

    @property
    def is_there(self) -> bool:
        """Whether it is a person, and not deleted."""
        found = self.object
        return found is not None and found.deleted_at is None and found.kind is ObjectKind.USER


def name_permission(app_id: ApplicationId, value: str) -> str:
    """A permission of an API of the tenant's own as it is kept: beside those of Microsoft Graph."""
    return f"{app_id}/{value}"


def is_of_graph(permission: str) -> bool:
    """Whether a permission is one of Microsoft Graph: others carry the id of their API."""
    return "/" not in permission


def decide_delegation(
    facts: PrincipalFacts, person: Person | None, held: frozenset[str], ask: ConsentAsk
) -> Consented | Refused:
    """Grants permissions on behalf of a person, or of everybody where none is named; or revokes.

    Asked of the caller is the same either way. Only who may do it learns whether a person is there.
    """
    decision = decide_consent(facts, held, ask)
    if isinstance(decision, Refused) or person is None or person.is_there:
        return decision
    return Refused((Problem(Code.OBJECT_NOT_FOUND, value=person.id),))
