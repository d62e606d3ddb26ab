"""Client secrets of applications, and people's own passwords."""

from datetime import datetime
from http import HTTPStatus

from msgspec import UnsetType

from timebound.application.directory.passwords import change_own_password
from timebound.application.directory.programs import AskedSecret, add_secret, remove_secret
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.directory_writes.answering import DONE, read_key, take, work_of
from timebound.dialects.graph.directory_writes.bodies import (
    AddPassword,
    ChangePassword,
    PasswordCredential,
    RemovePassword,
)
from timebound.dialects.graph.directory_writes.reading import read_guid, refuse
from timebound.dialects.graph.lists import Handler
from timebound.dialects.graph.wire import read_body
from timebound.dialects.odata.dates import parse_instant
from timebound.domain.directory import ObjectKind


def add_password(kind: ObjectKind) -> Handler:
    """The handler that makes a client secret, which its answer alone tells."""

    async def handle(call: Call) -> Answer:
        asked = _read_secret(read_body(call.body or b"{}", AddPassword).password_credential)
        object_id, keeper = read_key(call), call.ports.secrets
        made = await take(call, await add_secret(work_of(call), keeper, kind, object_id, asked))
        context = f"{call.root}/$metadata#microsoft.graph.passwordCredential"
        told = {**made.draft.published(), "secretText": made.text}
        return Answer(HTTPStatus.OK, {"@odata.context": context, **told})

    return handle


def remove_password(kind: ObjectKind) -> Handler:
    """The handler that takes a client secret away."""

    async def handle(call: Call) -> Answer:
        key_id = read_guid(read_body(call.body, RemovePassword).key_id, "keyId")
        await take(call, await remove_secret(work_of(call), kind, read_key(call), key_id))
        return DONE

    return handle


async def change_password(call: Call) -> Answer:
    """Sets the password of the signed-in person."""
    body = read_body(call.body, ChangePassword)
    current, new = body.current_password, body.new_password
    if isinstance(current, UnsetType):
        raise refuse("A value is required for property 'currentPassword'.")
    if isinstance(new, UnsetType):
        raise refuse("A value is required for property 'newPassword'.")
    store, keeper = call.ports.store, call.ports.secrets
    await take(call, await change_own_password(work_of(call), store, keeper, current, new))
    return DONE


def _read_secret(asked: PasswordCredential | UnsetType | None) -> AskedSecret:
    if not isinstance(asked, PasswordCredential):
        return AskedSecret()
    name = asked.display_name
    return AskedSecret(
        display_name=name if isinstance(name, str) else None,
        start=_read_instant(asked.start_date_time, "startDateTime"),
        end=_read_instant(asked.end_date_time, "endDateTime"),
    )


def _read_instant(text: str | UnsetType | None, named: str) -> datetime | None:
    if not isinstance(text, str):
        return None
    return parse_instant(text, f"passwordCredential/{named}")
