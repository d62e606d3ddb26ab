"""A tree of before anything was kept of its nodes is told by the names that Azure gives."""

import asyncio
from collections.abc import Mapping

import pytest

from tests.storage.test_word_migration import TENANT, run
from timebound.domain.ids import TenantId
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store

ROOT = "/providers/Microsoft.Management/managementGroups/t"
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-0000000000aa"
NODE = "INSERT INTO scopes (tenant_id, kind, path, parent) VALUES ('t', 'azure', '{}', {})"


@pytest.mark.documented("Azure: the root management group is called Tenant Root Group")
def test_a_tree_of_before_has_names_for_people(empty_url: str) -> None:
    migrate(empty_url, "0024")
    nodes = (("/", "NULL"), (ROOT, "'/'"), (SUBSCRIPTION, f"'{ROOT}'"))
    run(empty_url, TENANT, *(f"{NODE.format(*one)} RETURNING path, kind" for one in nodes))

    migrate(empty_url)

    told = asyncio.run(_tell_names(empty_url))
    assert told == {ROOT: "Tenant Root Group", SUBSCRIPTION: SUBSCRIPTION.rpartition("/")[2]}


async def _tell_names(url: str) -> Mapping[str, str]:
    store = open_store(url)
    await store.open()
    try:
        found = await store.list_estate(TenantId("t"), [ROOT])
        upper = [await store.find_node(TenantId("t"), one.place.path.upper()) for one in found]
    finally:
        await store.close()
    assert upper == list(found)
    return {one.place.path: one.display_name for one in found}
