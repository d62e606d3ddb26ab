"""Custom extensions of Privileged Identity Management: listed, told, registered and changed."""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from timebound.application.constants import list_constants
from timebound.application.extensions import (
    ExtensionWork,
    change_extension,
    read_extensions,
    register_extension,
)
from timebound.application.queries import Order, Page, Query
from timebound.application.reading import Reader
from timebound.application.views import Relation, View
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.extensions import (
    TYPE,
    RoleManagementCustomCalloutExtension,
    read_change,
    read_registration,
    show_extension,
)
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.directory_writes.answering import DONE
from timebound.dialects.graph.kinds import Kind
from timebound.dialects.graph.lists import Handler, get_one, list_everything
from timebound.dialects.graph.sets import LARGEST_PAGE, EntitySet
from timebound.dialects.graph.wire import read_body
from timebound.dialects.odata.context import format_context
from timebound.domain.decide import Refused
from timebound.domain.extensions import CustomExtension
from timebound.domain.problems import Code


async def _read(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[CustomExtension] | Refused:
    del view, relation  # whoever may read them reads all of them
    found = await read_extensions(reader)
    if isinstance(found, Refused):
        return found
    return list_constants([(one, _tell_fields(one)) for one in found], query)


def _tell_fields(one: CustomExtension) -> dict[str, str]:
    return {"id": one.id, "resource": one.resource.value}


_EXTENSION: Final = Kind(TYPE, show_extension)
EXTENSIONS: Final = EntitySet(
    "identityGovernance/privilegedAccess/customExtensions",
    View.CUSTOM_EXTENSIONS,
    _EXTENSION,
    _read,
    (Order("id"),),
    page_size=LARGEST_PAGE,
    is_read_now=True,
)


async def register(call: Call) -> Answer:
    """Registers an extension under the id that the client gives it."""
    asked = read_registration(read_body(call.body, RoleManagementCustomCalloutExtension))
    made = await _take(call, await register_extension(_work_of(call), asked), asked.id)
    shown = show_extension(made, Wording(call.version, call.at))
    context = format_context(call.root, EXTENSIONS.path, is_entity=True)
    return Answer(HTTPStatus.CREATED, {"@odata.context": context, **shown})


async def change(call: Call) -> Answer:
    """Changes an extension."""
    key = call.keys[0].lower()
    edit = read_change(read_body(call.body, RoleManagementCustomCalloutExtension), key)
    await _take(call, await change_extension(_work_of(call), key, edit), call.keys[0])
    return DONE


def _work_of(call: Call) -> ExtensionWork:
    return ExtensionWork(call.engine, call.token, call.at, call.ports.has_loopback)


async def _take(call: Call, outcome: CustomExtension | Refused, key: str) -> CustomExtension:
    if isinstance(outcome, CustomExtension):
        return outcome
    problems = tuple(
        replace(one, value=key) if one.code is Code.OBJECT_NOT_FOUND else one
        for one in outcome.problems
    )
    raise await call.refuse(Refused(problems))


EXTENSION_ROWS: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", EXTENSIONS.path, list_everything(EXTENSIONS)),
    ("POST", EXTENSIONS.path, register),
    ("GET", f"{EXTENSIONS.path}/{{id}}", get_one(EXTENSIONS)),
    ("PATCH", f"{EXTENSIONS.path}/{{id}}", change),
)
