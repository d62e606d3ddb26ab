"""What ends for a person with their account, and with the link by which they came."""

from timebound.application.changes import EndSignIns, PutObject, Write
from timebound.application.directory.work import Work
from timebound.domain.directory import DirectoryObject, ObjectKind, end_sessions
from timebound.domain.times import Instant


def put_ended(found: DirectoryObject, system_at: Instant) -> tuple[Write, ...]:
    """Keeps a person for whom nothing counts that they were given until `system_at`, anywhere.

    Sessions and families end in the same change; tokens that nothing is kept of are told by when
    they were issued.
    """
    return PutObject(end_sessions(found, system_at)), EndSignIns(found.id)


def put_away(work: Work, found: DirectoryObject) -> tuple[Write, ...]:
    """Keeps an object that is disabled or deleted: what a person had does not come back with it."""
    if found.kind is not ObjectKind.USER:
        return (PutObject(found),)
    return put_ended(found, work.system_at or work.at)
