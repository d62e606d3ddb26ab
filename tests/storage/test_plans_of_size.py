"""SQLite, which knows no figures, goes the way that a large tenant needs."""

import sqlite3
from pathlib import Path

import pytest

from timebound.application.queries import ALWAYS, Compare, Condition, Operator, Order, Query
from timebound.application.views import Relation, View
from timebound.domain.requests import Status
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import ENDLESS
from timebound.storage.callers import caller_stack
from timebound.storage.compiling import Database, Statement
from timebound.storage.grant_lists import list_grants
from timebound.storage.migrating import migrate
from timebound.storage.narrowing import Narrowed
from timebound.storage.paging import Listed, make_page
from timebound.storage.request_lists import list_requests
from timebound.storage.target_sections import target_stack

DIRECTORY = ScopeKind.DIRECTORY
SOONEST = (Order("planned_end"), Order("id"))
NEWEST = (Order("created_at", is_descending=True), Order("id", is_descending=True))
WIDE = Narrowed(is_wide=True)
ROLE = Compare("role_id", Operator.EQ, "x")
PERSON = Compare("principal_id", Operator.EQ, "x")


def grants(view: View, narrowed: Narrowed = WIDE, relation: Relation = Relation.ANYBODY) -> Listed:
    return list_grants(view, relation, DIRECTORY, narrowed=narrowed)


def by_end(condition: Condition = ALWAYS) -> Query:
    return Query(10, condition, SOONEST)


LATER = Query(10, orders=SOONEST, after=(ENDLESS, "x"))
ACTIVE, ELIGIBLE = View.ASSIGNMENT_INSTANCES, View.ELIGIBILITY_SCHEDULES
OWN, APPROVER = Relation.PRINCIPAL, Relation.APPROVER
WAITING = (Status.PENDING_APPROVAL,)
CASES = {
    "active": (grants(ACTIVE), by_end(), "held USING INDEX ix_grants_active"),
    "eligible": (grants(ELIGIBLE), by_end(), "held USING INDEX ix_grants_eligible"),
    "role": (grants(ACTIVE), by_end(ROLE), "held USING INDEX ix_grants_role"),
    "person": (grants(ACTIVE, Narrowed()), by_end(PERSON), "principal_id=?"),
    "later": (grants(ACTIVE, Narrowed()), LATER, "(end_at,id)>(?,?)"),
    "own": (
        grants(ACTIVE, Narrowed(), OWN),
        by_end(),
        "membership USING INDEX ix_grants_holder",
    ),
    "through": (
        grants(ACTIVE, Narrowed(), OWN),
        by_end(),
        "through USING INDEX ix_grants_holder (tenant_id=? AND principal_id=?",
    ),
    "transitive": (
        grants(View.TRANSITIVE_ASSIGNMENTS, Narrowed(), OWN),
        by_end(),
        "through USING INDEX ix_grants_holder (tenant_id=? AND principal_id=?",
    ),
    "assignable": (
        grants(ACTIVE, Narrowed(), OWN),
        by_end(),
        "membership_group USING INDEX sqlite_autoindex_directory_objects_1 (tenant_id=? AND id=?)",
    ),
    "age": (grants(ACTIVE, Narrowed()), Query(10, orders=NEWEST), "ix_grants_listed"),
    "approver": (
        list_requests(View.ASSIGNMENT_REQUESTS, APPROVER, DIRECTORY),
        Query(10, orders=NEWEST),
        "requests USING INDEX sqlite_autoindex_requests_1 (tenant_id=? AND id=?)",
    ),
    "waiting": (
        list_requests(View.ASSIGNMENT_REQUESTS, Relation.ANYBODY, DIRECTORY, stored=WAITING),
        Query(10, orders=NEWEST),
        "requests USING INDEX ix_requests_status",
    ),
}
SORTED = ("person", "own", "through", "transitive", "assignable", "approver")
"""Few rows by their nature, and therefore sorted once they are found."""


def explain_sqlite(folder: Path, statement: Statement) -> list[str]:
    migrate(f"sqlite:///{folder / 'plans.db'}")
    text = statement.compile_for(Database.SQLITE).text
    connection = sqlite3.connect(folder / "plans.db")
    blanks = [None] * text.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", blanks)]
    connection.close()
    return plan


@pytest.mark.parametrize("name", CASES)
def test_the_way_does_not_lead_through_the_tenant(tmp_path: Path, name: str) -> None:
    listed, query, expected = CASES[name]
    plan = explain_sqlite(tmp_path, make_page(listed, query))
    assert any(expected in step for step in plan), plan
    is_sorted = any("FOR ORDER BY" in step for step in plan)
    assert is_sorted == (name in SORTED), plan


def test_the_application_behind_a_call_is_not_looked_for_among_all(tmp_path: Path) -> None:
    plan = explain_sqlite(tmp_path, caller_stack().statement)
    clients = [step for step in plan if step.startswith("SEARCH client ")]
    assert clients
    assert all(step.endswith("(tenant_id=? AND app_id=?)") for step in clients), plan


def test_the_accounts_of_an_application_are_not_looked_for_among_all(tmp_path: Path) -> None:
    plan = explain_sqlite(tmp_path, target_stack().statement)
    accounts = [step for step in plan if step.startswith("SEARCH account ")]
    assert accounts
    assert all(step.endswith("(tenant_id=? AND app_id=?)") for step in accounts), plan
