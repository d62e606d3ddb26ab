"""Namespaces of attributes: made by an action on their name, read and deleted by it."""

from http import HTTPStatus
from typing import Final

import msgspec

from timebound.application.attribute_namespaces import (
    create_namespace,
    delete_namespace,
    path_of,
    read_namespace,
)
from timebound.dialects.arm.bodies import read_body
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.dates import format_full
from timebound.dialects.arm.ids import PROVIDER
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.refusals import ArmError, Refusal
from timebound.dialects.arm.resources.generic import work_of
from timebound.dialects.arm.resources.refusing import refuse
from timebound.domain.attribute_namespaces import AttributeNamespace
from timebound.domain.decide import Refused
from timebound.domain.ids import PrincipalId
from timebound.domain.problems import Code

_VERSIONS: Final = frozenset({"2025-12-01-preview"})
_COLLECTION: Final = "attributeNamespaces"
_PATH: Final = f"/providers/{PROVIDER}/{_COLLECTION}/{{attributeNamespace}}"
_SHOWN: Final = 80
_SAID: Final = {
    Code.OBJECT_EXISTS: (
        HTTPStatus.CONFLICT,
        "Conflict",
        "The attribute namespace '{}' belongs to another owner.",
    ),
    Code.OBJECT_NOT_FOUND: (
        HTTPStatus.NOT_FOUND,
        "NotFound",
        "The attribute namespace '{}' was not found.",
    ),
    Code.INVALID_REQUEST: (
        HTTPStatus.BAD_REQUEST,
        "BadRequest",
        "The name of the attribute namespace '{}' is not valid.",
    ),
    Code.PRINCIPAL_NOT_FOUND: (
        HTTPStatus.BAD_REQUEST,
        "PrincipalNotFound",
        "The principal that 'namespaceOwnerPrincipalId' names is not in the directory.",
    ),
}
"""What errors are published for these is not known: statuses and words are our own."""


class AttributeNamespaceCreateRequest(msgspec.Struct, rename="camel", frozen=True):
    """Who is to own a namespace."""

    namespace_owner_principal_id: str


async def create(call: Call) -> Answer:
    """Makes a namespace for its owner; the same again is the same namespace."""
    asked = read_body(call.body, AttributeNamespaceCreateRequest)
    owner_id = PrincipalId(asked.namespace_owner_principal_id.lower())
    reader = call.read_at(call.at)
    return await _answer(
        call, await create_namespace(work_of(call), reader, call.keys[0], owner_id)
    )


async def get(call: Call) -> Answer:
    """A namespace."""
    return await _answer(call, await read_namespace(call.read_at(call.at), call.keys[0]))


async def delete(call: Call) -> Answer:
    """Deletes a namespace, 200; 204 where there was none."""
    was_there = await delete_namespace(work_of(call), call.read_at(call.at), call.keys[0])
    if isinstance(was_there, Refused):
        raise await _refuse(call, was_there)
    return Answer(HTTPStatus.OK if was_there else HTTPStatus.NO_CONTENT)


async def _answer(call: Call, found: AttributeNamespace | Refused) -> Answer:
    if isinstance(found, Refused):
        raise await _refuse(call, found)
    made = format_full(found.created_at)
    kind = "Application" if found.is_by_application else "User"
    shown = {
        "id": path_of(found.name),
        "name": found.name,
        "type": f"{PROVIDER}/{_COLLECTION}",
        "systemData": {
            "createdBy": found.created_by,
            "createdByType": kind,
            "createdAt": made,
            "lastModifiedBy": found.created_by,
            "lastModifiedByType": kind,
            "lastModifiedAt": made,
        },
    }
    return Answer(HTTPStatus.OK, shown)


async def _refuse(call: Call, refused: Refused) -> Refusal:
    first = refused.problems[0]
    said = _SAID.get(first.code)
    if said is None:
        return await refuse(call, refused)
    status, code, message = said
    return Refusal(ArmError(status, code, message.format((first.value or "")[:_SHOWN])))


NAMESPACE_ROWS: Final = (
    Operation("POST", f"{_PATH}/action", _VERSIONS, create),
    Operation("GET", _PATH, _VERSIONS, get),
    Operation("DELETE", _PATH, _VERSIONS, delete),
)
