"""Tenants and subscriptions, the regions of these, and the aliases they are made by."""

from http import HTTPStatus
from typing import Final

import msgspec

from timebound.application.azure_nodes import create_subscription
from timebound.application.azure_tree import admit, find_subscription, list_subscriptions
from timebound.application.tree_ports import EstatePart
from timebound.dialects.arm.bodies import read_body
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.dates import format_full
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paging import answer_keyed, answer_rows, ask_keyed
from timebound.dialects.arm.places import group_place, key_of_node, subscription_place
from timebound.dialects.arm.refusals import ArmError, Refusal, bad_content
from timebound.dialects.arm.resources.generic import work_of
from timebound.dialects.arm.resources.refusing import refuse
from timebound.dialects.arm.resources.regions import show_regions
from timebound.dialects.arm.resources.versions import ALIASES, SUBSCRIPTIONS
from timebound.domain.azure.nodes import Node, NodeContent
from timebound.domain.decide import Refused
from timebound.domain.folding import fold
from timebound.domain.problems import Code
from timebound.domain.scopes import Scope

ALIAS: Final = "alias"
"""Under which name a subscription keeps the alias that it was made by."""
_POLICIES: Final = {
    "locationPlacementId": "Public_2014-09-01",
    "quotaId": "PayAsYouGo_2014-09-01",
    "spendingLimit": "Off",
}
_LONGEST_ALIAS: Final = 63


async def list_tenants(call: Call) -> Answer:
    """The tenant that the token is of."""
    caller = await admit(call.read_at(call.at))
    if isinstance(caller, Refused):
        raise await refuse(call, caller)
    found = await call.ports.store.find_tenant(call.token.tenant_id)
    rows = [] if found is None else [found]
    return answer_rows(
        call,
        rows,
        lambda one: one.id,
        lambda one: {
            "id": f"/tenants/{one.id}",
            "tenantId": one.id,
            "countryCode": "",
            "displayName": one.display_name,
            "domains": one.domains,
            "defaultDomain": one.domains[0] if one.domains else None,
            "tenantCategory": "Home",
            "tenantType": "AAD",
        },
    )


async def list_all(call: Call) -> Answer:
    """The subscriptions in which the caller holds a role."""
    asked, after = ask_keyed(call)
    part = EstatePart(asked.limit + 1, after)
    found = await list_subscriptions(call.read_at(call.at), part)
    if isinstance(found, Refused):
        raise await refuse(call, found)
    tenant_id = call.token.tenant_id
    return answer_keyed(
        call, asked, found, key_of_node, lambda one: show_subscription(one, tenant_id)
    )


async def get_subscription(call: Call) -> Answer:
    """A subscription."""
    found = await _find(call)
    return Answer(HTTPStatus.OK, show_subscription(found, call.token.tenant_id))


async def list_locations(call: Call) -> Answer:
    """The regions of a subscription."""
    found = await _find(call)
    return Answer(HTTPStatus.OK, {"value": show_regions(found.place.path)})


async def _find(call: Call) -> Node:
    place = subscription_place(call.keys[0])
    found = await find_subscription(call.read_at(call.at), place)
    if isinstance(found, Refused):
        raise await refuse(call, found)
    return found


def show_subscription(node: Node, tenant_id: str) -> dict[str, object]:
    """A subscription as it is published."""
    return {
        "id": node.place.path,
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "tags": node.content.details.get("tags"),
        "subscriptionId": node.name,
        "tenantId": tenant_id,
        "displayName": node.display_name,
        "state": "Enabled",
        "subscriptionPolicies": _POLICIES,
    }


class PutAliasRequestAdditionalProperties(msgspec.Struct, frozen=True, rename="camel"):
    """Where a subscription lies, and what is said of it."""

    management_group_id: str | None = None
    subscription_owner_id: str | None = None
    tags: dict[str, str] | None = None


class PutAliasRequestProperties(msgspec.Struct, frozen=True, rename="camel"):
    """The subscription that an alias is to make."""

    display_name: str | None = None
    workload: str | None = None
    billing_scope: str | None = None
    subscription_id: str | None = None
    additional_properties: PutAliasRequestAdditionalProperties | None = None


class PutAliasRequest(msgspec.Struct, frozen=True):
    """What makes a subscription."""

    properties: PutAliasRequestProperties


async def put_alias(call: Call) -> Answer:
    """Makes a subscription under an alias, 201; one that was made by it stays as it is, 200.

    It lies in the management group that is named, or in the default one, and who makes it owns it.
    """
    asked = read_body(call.body, PutAliasRequest).properties
    more = asked.additional_properties or PutAliasRequestAdditionalProperties()
    _check_alias(call, asked.subscription_id, more.subscription_owner_id)
    alias = call.keys[0]
    details: dict[str, object] = {ALIAS: alias, "workload": asked.workload or "Production"}
    if more.tags:
        details["tags"] = more.tags
    content = NodeContent(asked.display_name or alias, details)
    parent = group_place(more.management_group_id) if more.management_group_id else None
    put = await create_subscription(work_of(call), _place_of(call), lambda _: content, parent)
    if isinstance(put, Refused):
        raise await refuse(call, put)
    return Answer(HTTPStatus.CREATED if put.is_new else HTTPStatus.OK, _show_alias(put.node))


def _check_alias(call: Call, subscription_id: str | None, owner_id: str | None) -> None:
    """Refuses an alias of a subscription that is there already, and one for somebody else."""
    if subscription_id is not None:
        raise bad_content("The property 'properties.subscriptionId' is not supported here")
    if owner_id and owner_id.lower() != call.token.principal_id:
        name = "additionalProperties.subscriptionOwnerId"
        raise bad_content(f"The property 'properties.{name}' is not supported here")


async def get_alias(call: Call) -> Answer:
    """The alias of a subscription, for whoever holds a role in that; 404 for others."""
    place = _place_of(call)
    found = await find_subscription(call.read_at(call.at), place)
    if isinstance(found, Refused):
        # Names of aliases can be guessed: what is there looks like what is not.
        if found.problems[0].code in (Code.SCOPE_NOT_FOUND, Code.ACTION_NOT_ALLOWED):
            message = f"There is no alias '{call.keys[0]}'."
            raise Refusal(ArmError(HTTPStatus.NOT_FOUND, "NotFound", message))
        raise await refuse(call, found)
    return Answer(HTTPStatus.OK, _show_alias(found))


def _place_of(call: Call) -> Scope:
    """The subscription of an alias: always the same one."""
    alias = call.keys[0]
    if len(alias) > _LONGEST_ALIAS:
        raise bad_content(f"An alias has at most {_LONGEST_ALIAS} characters")
    derive = call.ports.ids.derive_id
    return subscription_place(derive(call.token.tenant_id, "subscription", fold(alias)))


def _show_alias(node: Node) -> dict[str, object]:
    alias, made = node.content.details.get(ALIAS, node.name), node.content.created_at
    return {
        "id": f"/providers/Microsoft.Subscription/aliases/{alias}",
        "name": alias,
        "type": "Microsoft.Subscription/aliases",
        "properties": {
            "subscriptionId": node.name,
            "displayName": node.display_name,
            "provisioningState": "Succeeded",
            "acceptOwnershipState": "Completed",
            "workload": node.content.details.get("workload"),
            "createdTime": format_full(made) if made else None,
            "managementGroupId": node.parent.path if node.parent else None,
            "tags": node.content.details.get("tags"),
        },
    }


_SUBSCRIPTION: Final = "/subscriptions/{subscriptionId}"
_ALIAS: Final = "/providers/Microsoft.Subscription/aliases/{aliasName}"
SUBSCRIPTION_ROWS: Final = (
    Operation("GET", "/tenants", SUBSCRIPTIONS, list_tenants),
    Operation("GET", "/subscriptions", SUBSCRIPTIONS, list_all),
    Operation("GET", _SUBSCRIPTION, SUBSCRIPTIONS, get_subscription),
    Operation("GET", f"{_SUBSCRIPTION}/locations", SUBSCRIPTIONS, list_locations),
    Operation("PUT", _ALIAS, ALIASES, put_alias),
    Operation("GET", _ALIAS, ALIASES, get_alias),
)
