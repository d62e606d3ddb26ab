"""No statement reads a whole table: the cost of an answer does not grow with the tenant."""

import asyncio
import re
import sqlite3
from pathlib import Path
from typing import Final

import pytest

from tests.support.plans import connect_to_explain, explain
from timebound.application.attributes import DISPLAY_NAME_WORDS
from timebound.application.queries import (
    ELEMENT,
    AnyOf,
    Compare,
    Operator,
    Order,
    Query,
    TextMatch,
    TextOperator,
)
from timebound.application.relations import Place, Way
from timebound.application.role_ports import Assigned
from timebound.application.views import Reach, Relation, View
from timebound.domain.directory import ObjectKind
from timebound.domain.ids import RoleId
from timebound.domain.scopes import ScopeKind, ScopeLevel
from timebound.storage.access_sections import access_stack
from timebound.storage.assigned import list_assigned
from timebound.storage.azure_assignments import around_stack, count_statement, owners_stack
from timebound.storage.bundle_sections import bundle_stack
from timebound.storage.bundles import list_bundles
from timebound.storage.callers import caller_stack
from timebound.storage.compiling import Database, Statement
from timebound.storage.dead_letters import resent_statement
from timebound.storage.denials import denial_by_id, denials_at, denials_within
from timebound.storage.directory_lists import list_objects, list_roles
from timebound.storage.due_work import (
    claim_statement,
    count_failed_statement,
    list_failed_statement,
    next_statement,
    oldest_statement,
)
from timebound.storage.grant_lists import list_grants
from timebound.storage.log_reading import count_waiting, select_oldest_waiting, select_waiting
from timebound.storage.migrating import migrate
from timebound.storage.naming import names_stack, scoped_stack
from timebound.storage.outbox import behind_statement
from timebound.storage.paging import Listed, make_page
from timebound.storage.permission_lists import list_permissions
from timebound.storage.principal_sections import principal_stack
from timebound.storage.relations import list_related, list_scoped_members
from timebound.storage.request_lists import list_requests
from timebound.storage.rights import rights_stack
from timebound.storage.role_sections import role_stack
from timebound.storage.slots import slot_stack
from timebound.storage.tables import metadata
from timebound.storage.target_sections import target_stack
from timebound.storage.tracking import (
    list_assignment_changes,
    list_changed,
    list_purged,
    list_regrouped,
)

OF_HOLDER = Query(10, Compare("holder_id", Operator.EQ, "x"))
OF_SOMEBODY = Query(10, Compare("principal_id", Operator.EQ, "x"))


def name_role_lists() -> dict[str, tuple[Listed, Query]]:
    """The lists of roles, of who has one, and of what providers assign."""
    anywhere = Assigned(RoleId("x"), are_members_counted=True)
    return {
        "roles": (list_roles(ScopeKind.DIRECTORY, are_deleted=False), Query(10)),
        "deleted-roles": (list_roles(ScopeKind.DIRECTORY, are_deleted=True), Query(10)),
        "assigned": (list_assigned(Assigned(RoleId("x"), ScopeLevel.TENANT, "/")), Query(10)),
        "assigned-members": (list_assigned(anywhere), Query(10)),
        "bundles": (list_bundles(ScopeKind.DEVICE_MANAGEMENT), Query(10)),
    }


def name_grant_lists() -> dict[str, tuple[Listed, Query]]:
    """The lists of what is held: everybody's, somebody's, and one's own with that of groups."""
    lists: dict[str, tuple[Listed, Query]] = {}
    directory = ScopeKind.DIRECTORY
    for view in (View.ASSIGNMENT_INSTANCES, View.ELIGIBILITY_SCHEDULES, View.ROLE_ASSIGNMENTS):
        anybody = list_grants(view, Relation.ANYBODY, directory)
        lists[f"{view.value}-all"] = (anybody, Query(10))
        lists[f"{view.value}-of-somebody"] = (anybody, OF_SOMEBODY)
        lists[f"{view.value}-own"] = (list_grants(view, Relation.PRINCIPAL, directory), Query(10))
    return lists


def name_change_lists() -> dict[str, tuple[Listed, Query]]:
    """The lists of what has changed since somebody last asked."""
    lists: dict[str, tuple[Listed, Query]] = {"regrouped": (list_regrouped(), Query(10))}
    for kind in (ObjectKind.USER, ObjectKind.GROUP):
        lists[f"changed-{kind.value}"] = (list_changed(kind), Query(10))
        lists[f"purged-{kind.value}"] = (list_purged(kind), Query(10))
    for are_ended in (False, True):
        changes = list_assignment_changes(are_ended=are_ended)
        lists[f"changes-{are_ended}"] = (changes, Query(10))
    return lists


def name_azure() -> dict[str, Statement]:
    """The statements about what is denied, and about what somebody may do somewhere."""
    kinds = (ScopeKind.DIRECTORY, ScopeKind.AZURE)
    return {
        "rights": rights_stack().statement,
        "denial": denial_by_id(),
        "denials-at": denials_at(),
        **{f"denials-{reach.value}": denials_within(reach) for reach in Reach},
        **{f"access-{kind.value}": access_stack(kind).statement for kind in kinds},
    }


def name_statements() -> dict[str, Statement]:
    """The statements of decisions and lists, by what they answer."""
    directory = ScopeKind.DIRECTORY
    found = {"caller": caller_stack().statement, "principal": principal_stack().statement}
    found |= {"role": role_stack().statement, "target": target_stack().statement}
    found["bundle"] = bundle_stack().statement
    found |= {"assigned": around_stack().statement, "owned": owners_stack().statement}
    found["assignments"] = count_statement()
    found |= {"names": names_stack().statement, "scoped": scoped_stack().statement}
    found |= name_azure()
    for kind in ScopeKind:
        stack = slot_stack(kind, needs_administrators=True)
        found[f"slot-{kind.value}"] = stack.statement
    lists: dict[str, tuple[Listed, Query]] = {
        "users": (list_objects(View.USERS), Query(10)),
        **name_role_lists(),
        **name_grant_lists(),
        **name_change_lists(),
    }
    for relation in Relation:
        requests = list_requests(View.ASSIGNMENT_REQUESTS, relation, directory)
        lists[f"requests-{relation.value}"] = (requests, Query(10))
    to_roles = {Way.MEMBER_OF, Way.ALL_MEMBER_OF}
    for way in set(Way) - {Way.DELETED}:
        casts = (None, ObjectKind.GROUP)
        for cast in (*casts, ObjectKind.DIRECTORY_ROLE) if way in to_roles else casts:
            name = f"{way.value}-{cast.value if cast else 'all'}"
            lists[name] = (list_related(way, cast), Query(10))
    gone = list_related(Way.DELETED, ObjectKind.USER)
    lists["deleted-users"] = (gone, Query(10))
    for place in Place:
        lists[f"scoped-{place.value}"] = (list_scoped_members(place), Query(10))
    searched = AnyOf(DISPLAY_NAME_WORDS, TextMatch(ELEMENT, TextOperator.STARTS_WITH, "x"))
    lists["searched"] = (list_objects(View.USERS), Query(10, searched))
    lists["permissions"] = (list_permissions(), OF_HOLDER)
    for name, (listed, query) in lists.items():
        found[name] = make_page(listed, query)
    return found


@pytest.mark.parametrize("name", sorted(name_statements()))
def test_sqlite_walks_indexes(tmp_path: Path, name: str) -> None:
    migrate(f"sqlite:///{tmp_path / 'plans.db'}")
    compiled = name_statements()[name].compile_for(Database.SQLITE)
    connection = sqlite3.connect(tmp_path / "plans.db")
    blanks = [None] * compiled.text.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {compiled.text}", blanks)]
    connection.close()
    assert plan
    aliases = find_aliases(compiled.text)
    scanned = (re.match(r"SCAN (\w+)", step) for step in plan)
    assert not [found[1] for found in scanned if found and found[1] in aliases], plan
    narrowed = [step for step in plan if step.startswith("SEARCH")]
    assert not [step for step in narrowed if step.endswith("(tenant_id=?)")], plan


def explain_sqlite(folder: Path, statement: Statement) -> list[str]:
    """The steps by which SQLite answers, without knowing how much of what there is."""
    migrate(f"sqlite:///{folder / 'plans.db'}")
    compiled = statement.compile_for(Database.SQLITE)
    connection = sqlite3.connect(folder / "plans.db")
    blanks = [None] * compiled.text.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {compiled.text}", blanks)]
    connection.close()
    return plan


@pytest.mark.parametrize(
    "statement",
    [claim_statement(), next_statement(), oldest_statement()],
    ids=["claim", "next", "oldest"],
)
def test_what_is_due_is_found_by_when_it_is(tmp_path: Path, statement: Statement) -> None:
    plan = explain_sqlite(tmp_path, statement)
    assert any("ix_due_work_open" in step for step in plan), plan
    assert not [step for step in plan if "TEMP B-TREE" in step], plan


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (list_failed_statement(), "ix_due_work_given_up"),
        (count_failed_statement(), "ix_due_work_given_up"),
        (behind_statement(), "ix_dead_letters_resent"),
        (resent_statement(), "ix_dead_letters_resent"),
    ],
    ids=["failed", "failures", "behind", "resent"],
)
def test_what_was_given_up_is_found_past_all_else(
    tmp_path: Path, statement: Statement, index: str
) -> None:
    plan = explain_sqlite(tmp_path, statement)
    assert any(index in step for step in plan), plan


@pytest.mark.parametrize(
    "statement",
    [select_waiting(), count_waiting(), select_oldest_waiting()],
    ids=["tenants", "count", "oldest"],
)
def test_what_waits_to_be_sealed_is_found_past_what_is_sealed(
    tmp_path: Path, statement: Statement
) -> None:
    plan = explain_sqlite(tmp_path, statement)
    assert any("ix_events_unsealed" in step for step in plan), plan
    assert not [step for step in plan if "ix_events_tenant_id" in step], plan


NEWEST: Final = (Order("created_at", is_descending=True),)
OLDEST: Final = (Order("created_at"),)


@pytest.mark.parametrize("orders", [NEWEST, OLDEST], ids=["newest", "oldest"])
@pytest.mark.parametrize("view", [View.ELIGIBILITY_SCHEDULES, View.ASSIGNMENT_INSTANCES])
def test_what_was_made_last_is_found_without_sorting(
    tmp_path: Path, view: View, orders: tuple[Order, ...]
) -> None:
    migrate(f"sqlite:///{tmp_path / 'plans.db'}")
    listed = list_grants(view, Relation.ANYBODY, ScopeKind.DIRECTORY)
    compiled = make_page(listed, Query(10, orders=orders)).compile_for(Database.SQLITE)
    connection = sqlite3.connect(tmp_path / "plans.db")
    blanks = [None] * compiled.text.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {compiled.text}", blanks)]
    connection.close()
    assert "ix_grants_listed" in " ".join(plan)
    assert not [step for step in plan if "TEMP B-TREE" in step], plan


def find_aliases(text: str) -> set[str]:
    """The names under which the statement reads tables."""
    names = "|".join(table.name for table in metadata.sorted_tables)
    found = re.findall(rf"(?:FROM|JOIN|,) ({names})(?: AS (\w+))?", text)
    return {alias or table for table, alias in found}


async def test_postgresql_walks_indexes(fresh_postgres_database: str) -> None:
    await asyncio.to_thread(migrate, fresh_postgres_database)
    async with connect_to_explain(fresh_postgres_database) as connection:
        for name, statement in name_statements().items():
            plan = await explain(connection, statement)
            assert any("Index" in step for step in plan), name
            assert not [step for step in plan if "Seq Scan" in step], name


def test_a_walk_through_a_table_would_be_seen(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'plans.db'}")
    connection = sqlite3.connect(tmp_path / "plans.db")
    text = "SELECT x.id FROM grants AS x WHERE x.ended_by = 'a'"
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
    connection.close()
    assert find_aliases(text) == {"x"}
    assert plan == ["SCAN x"]
