"""Custom extensions: read as clients send them, and shown as they are published.

Source: Graph, roleManagementCustomCalloutExtension.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.refusals import bad_request
from timebound.dialects.graph.scopes import is_guid
from timebound.dialects.odata.problems import ODataProblem
from timebound.dialects.odata.properties import parse_choice
from timebound.domain.evaluations import Stage
from timebound.domain.extensions import CustomExtension, ExtensionResource

TYPE: Final = "roleManagementCustomCalloutExtension"
_ENDPOINT: Final = "#microsoft.graph.httpRequestEndpoint"
_CLIENT: Final = "#microsoft.graph.customExtensionClientConfiguration"
_AUTHENTICATION: Final = "#microsoft.graph.azureAdTokenAuthentication"

_Word: TypeAlias = Annotated[str, msgspec.Meta(max_length=128)]
_Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=4_000)]
_Number: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]
_ODATA_TYPE: Final = "@odata.type"


class _Endpoint(msgspec.Struct, rename="camel"):
    """Where the API is."""

    odata_type: _Word | None = msgspec.field(name=_ODATA_TYPE, default=None)
    target_url: _Text | None = None


class _Client(msgspec.Struct, rename="camel"):
    """How long an answer may take, and how often it is asked again."""

    timeout_in_milliseconds: _Number | None = None
    maximum_retries: _Number | None = None


class _Authentication(msgspec.Struct, rename="camel"):
    """Which resource the token of a call is for."""

    odata_type: _Word | None = msgspec.field(name=_ODATA_TYPE, default=None)
    resource_id: _Text | None = None


class RoleManagementCustomCalloutExtension(msgspec.Struct, rename="camel"):
    """A custom extension to be registered or changed."""

    id: _Word | None = None
    display_name: _Text | None = None
    description: _Text | UnsetType | None = UNSET
    type: _Word | UnsetType | None = UNSET
    resource_type: _Word | None = None
    endpoint_configuration: _Endpoint | None = None
    client_configuration: _Client | None = None
    authentication_configuration: _Authentication | None = None
    custom_attributes: Annotated[list[_Text], msgspec.Meta(max_length=1_000)] | None = None


def read_registration(sent: RoleManagementCustomCalloutExtension) -> CustomExtension:
    """The extension that a body registers; refused with the property that is missing."""
    id_ = (sent.id or "").lower()
    if not is_guid(id_):
        # quirk(graph): the client makes the id - blog of 2026-09-07
        raise bad_request("Id property needs to have a GUID value.")
    fields = _read_fields(sent)
    for field, name in _NEEDED.items():
        if field not in fields:
            raise bad_request(f"The property '{name}' is missing.")
    return CustomExtension(id=id_, **fields)


def read_change(
    sent: RoleManagementCustomCalloutExtension, key: str
) -> Callable[[CustomExtension], CustomExtension]:
    """What a body makes of the extension with an id, which stays the same."""
    if sent.id is not None and sent.id.lower() != key:
        raise bad_request("The property 'id' cannot be changed.")
    return partial(_change, _read_fields(sent))


def _change(fields: Mapping[str, Any], extension: CustomExtension) -> CustomExtension:
    return replace(extension, **fields)


_NEEDED: Final = {
    "display_name": "displayName",
    "target_url": "endpointConfiguration/targetUrl",
    "resource_id": "authenticationConfiguration/resourceId",
    "resource": "resourceType",
}


def _read_fields(sent: RoleManagementCustomCalloutExtension) -> dict[str, Any]:
    """The fields that a body names."""
    endpoint = sent.endpoint_configuration or _Endpoint()
    client = sent.client_configuration or _Client()
    authentication = sent.authentication_configuration or _Authentication()
    _check_type(endpoint.odata_type, _ENDPOINT, "endpointConfiguration")
    _check_type(authentication.odata_type, _AUTHENTICATION, "authenticationConfiguration")
    attributes = sent.custom_attributes
    named = {
        "display_name": sent.display_name,
        "target_url": endpoint.target_url,
        "resource_id": authentication.resource_id,
        "resource": _read_resource(sent.resource_type),
        "timeout": client.timeout_in_milliseconds,
        "retries": client.maximum_retries,
        "attributes": None if attributes is None else tuple(attributes),
    }
    fields: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    if not isinstance(sent.description, UnsetType):
        fields["description"] = sent.description
    if not isinstance(sent.type, UnsetType):
        fields["stage"] = _read_stage(sent.type)
    return fields


def _check_type(told: str | None, type_: str, name: str) -> None:
    """A configuration that says of which type it is says the one that is known."""
    if told is not None and told.removeprefix("#") != type_.removeprefix("#"):
        raise bad_request(f"The property '{name}' is of the type '{told}', not of '{type_}'.")


def _read_resource(text: str | None) -> ExtensionResource | None:
    return None if text is None else ExtensionResource(_choose(text, _RESOURCES, "resourceType"))


def _read_stage(text: str | None) -> Stage | None:
    return None if text is None else Stage(_choose(text, _STAGES, "type"))


def _choose(text: str, words: Mapping[str, str], name: str) -> str:
    try:
        return str(parse_choice(text, words, name))
    except ODataProblem as problem:
        raise bad_request(problem.message) from problem


_RESOURCES: Final = {one.value: one.value for one in ExtensionResource}
_STAGES: Final = {one.value: one.value for one in Stage}


def show_extension(one: CustomExtension, wording: Wording) -> dict[str, object]:
    """A `roleManagementCustomCalloutExtension`."""
    del wording  # every tenant reads the same
    return {
        "id": one.id,
        "displayName": one.display_name,
        "description": one.description,
        "type": one.stage.value if one.stage else None,
        "resourceType": one.resource.value,
        "endpointConfiguration": {_ODATA_TYPE: _ENDPOINT, "targetUrl": one.target_url},
        "clientConfiguration": {
            _ODATA_TYPE: _CLIENT,
            "timeoutInMilliseconds": one.timeout,
            "maximumRetries": one.retries,
        },
        "authenticationConfiguration": {
            _ODATA_TYPE: _AUTHENTICATION,
            "resourceId": one.resource_id,
        },
        "customAttributes": list(one.attributes),
    }
