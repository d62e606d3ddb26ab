"""What is set for all management groups: read, put, changed and removed at the root group."""

from http import HTTPStatus
from typing import Final

import msgspec

from timebound.application.hierarchy import put_settings, read_settings, remove_settings
from timebound.dialects.arm.bodies import read_body
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paging import answer_rows
from timebound.dialects.arm.places import group_place
from timebound.dialects.arm.refusals import ArmError, Refusal
from timebound.dialects.arm.resources.generic import work_of
from timebound.dialects.arm.resources.refusing import refuse
from timebound.dialects.arm.resources.versions import SETTINGS
from timebound.domain.azure.nodes import HierarchySettings
from timebound.domain.decide import Refused
from timebound.domain.hierarchy_changes import AskedSettings
from timebound.domain.node_changes import root_group
from timebound.domain.problems import Code

_NAME: Final = "default"


class CreateOrUpdateSettingsProperties(msgspec.Struct, frozen=True, rename="camel"):
    """What is to be set."""

    require_authorization_for_group_creation: bool | None = None
    default_management_group: str | None = None


class CreateOrUpdateSettingsRequest(msgspec.Struct, frozen=True):
    """Settings as they are put or changed."""

    properties: CreateOrUpdateSettingsProperties | None = None


async def list_all(call: Call) -> Answer:
    """The settings of the root group, or nothing where there are none."""
    found = await _read(call)
    rows = [] if found is None else [found]
    return answer_rows(call, rows, lambda _: _NAME, lambda one: _show(call, one))


async def get_one(call: Call) -> Answer:
    """The settings of the root group; 404 where nothing is set."""
    found = await _read(call)
    if found is None:
        raise _refuse_absence()
    return Answer(HTTPStatus.OK, _show(call, found))


async def put_one(call: Call) -> Answer:
    """Sets what is said, and leaves the rest as it is: 200, whether anything was set or not."""
    return await _write(call, needs_known=False)


async def patch_one(call: Call) -> Answer:
    """Changes what is said; 404 where nothing is set."""
    return await _write(call, needs_known=True)


async def delete_one(call: Call) -> Answer:
    """Removes the settings: 200, whether there were any or not."""
    removed = await remove_settings(work_of(call), group_place(call.keys[0]))
    if isinstance(removed, Refused):
        raise await refuse(call, removed)
    return Answer(HTTPStatus.OK)


async def _read(call: Call) -> HierarchySettings | None:
    found = await read_settings(call.read_at(call.at), group_place(call.keys[0]))
    if isinstance(found, Refused):
        raise await refuse(call, found)
    return found


async def _write(call: Call, *, needs_known: bool) -> Answer:
    said = read_body(call.body, CreateOrUpdateSettingsRequest).properties
    said = said or CreateOrUpdateSettingsProperties()
    group = said.default_management_group
    asked = AskedSettings(
        said.require_authorization_for_group_creation,
        group_place(group) if group else None,
        needs_known,
    )
    put = await put_settings(work_of(call), group_place(call.keys[0]), asked)
    if isinstance(put, Refused):
        if put.problems[0].code is Code.OBJECT_NOT_FOUND:
            raise _refuse_absence()
        raise await refuse(call, put)
    return Answer(HTTPStatus.OK, _show(call, put.content.settings or HierarchySettings()))


def _refuse_absence() -> Refusal:
    message = "Nothing is set for the management groups of this tenant."
    return Refusal(ArmError(HTTPStatus.NOT_FOUND, "NotFound", message))


def _show(call: Call, settings: HierarchySettings) -> dict[str, object]:
    root, default = root_group(call.token.tenant_id), settings.default_group
    return {
        "id": f"{root.path}/settings/{_NAME}",
        "type": "Microsoft.Management/managementGroups/settings",
        "name": _NAME,
        "properties": {
            "tenantId": call.token.tenant_id,
            "requireAuthorizationForGroupCreation": settings.needs_authorization,
            # quirk(arm): it is put by its id and told by its name -
            # Update-AzManagementGroupHierarchySetting
            "defaultManagementGroup": default and default.path.rpartition("/")[2],
        },
    }


_ALL: Final = "/providers/Microsoft.Management/managementGroups/{groupId}/settings"
_ONE: Final = f"{_ALL}/{_NAME}"
SETTINGS_ROWS: Final = (
    Operation("GET", _ALL, SETTINGS, list_all),
    Operation("GET", _ONE, SETTINGS, get_one),
    Operation("PUT", _ONE, SETTINGS, put_one),
    Operation("PATCH", _ONE, SETTINGS, patch_one),
    Operation("DELETE", _ONE, SETTINGS, delete_one),
)
