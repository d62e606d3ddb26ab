"""What the log says of certificates that an application got or lost."""

from collections.abc import Iterator

from timebound.application.directory.work import tell_kind
from timebound.application.engine import Teller
from timebound.domain.directory import DirectoryObject
from timebound.domain.events import Event, EventKind
from timebound.domain.program_keys import read_keys


def tell_keys(
    before: DirectoryObject | None, after: DirectoryObject, teller: Teller
) -> Iterator[Event]:
    """An event for each certificate that came or went; one that was replaced did both."""
    old = {str(one.get("keyId")): one for one in read_keys(before.attributes)} if before else {}
    new = {str(one.get("keyId")): one for one in read_keys(after.attributes)}
    for key_id in sorted(old):
        if new.get(key_id) != old[key_id]:
            yield teller.tell(
                EventKind.SECRET_REMOVED, after.id, {"keyId": key_id, **tell_kind(after)}
            )
    for key_id, one in sorted(new.items()):
        if old.get(key_id) != one:
            data = {name: one.get(name) for name in ("type", "customKeyIdentifier")}
            told = {"keyId": key_id, "end": one.get("endDateTime"), **data, **tell_kind(after)}
            yield teller.tell(EventKind.SECRET_ADDED, after.id, told)
