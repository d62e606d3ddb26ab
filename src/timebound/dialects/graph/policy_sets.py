"""The entity sets of policies, of their assignments to roles, and of their rules."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from timebound.application.constants import list_constants
from timebound.application.policy_reading import read_policies
from timebound.application.queries import Order, Page, Query
from timebound.application.reading import Reader
from timebound.application.views import Relation, View
from timebound.dialects.graph.call import Call
from timebound.dialects.graph.convert.policy_rules import (
    show_policy,
    show_policy_assignment,
    show_rule,
)
from timebound.dialects.graph.convert.wording import Version, Wording
from timebound.dialects.graph.kinds import Kind, Link, Row
from timebound.dialects.graph.policy_ids import PolicyRow, ScopeType
from timebound.dialects.graph.sets import LARGEST_PAGE, EntitySet, Read
from timebound.domain.decide import Refused
from timebound.domain.ids import RoleId
from timebound.domain.policies import ALL_SLOTS, RULE_SLOTS, Rule
from timebound.domain.scopes import Scope

_BY_ID: Final = (Order("id"),)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which policies a list is asked for: those of a scope, of one role of it where it says so."""

    type: ScopeType
    scope: Scope
    role_id: RoleId | None = None


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with its id."""

    id: str
    rule: Rule


def list_rules(row: PolicyRow, version: Version) -> tuple[RuleRow, ...]:
    """The rules of a policy, in the order in which they are published.

    Those that name custom extensions are told in beta, of policies that have them.
    """
    rules = row.stored.policy.rules
    slots = ALL_SLOTS if version is Version.BETA else RULE_SLOTS
    return tuple(RuleRow(id_, rules[id_]) for id_ in slots if id_ in rules)


async def _find_rules(call: Call, rows: Sequence[PolicyRow]) -> Sequence[Sequence[RuleRow]]:
    return [list_rules(row, call.version) for row in rows]


async def _find_policy(call: Call, rows: Sequence[PolicyRow]) -> Sequence[PolicyRow]:
    del call  # a policy is told with its assignment
    return rows


def _show_rule(row: RuleRow, wording: Wording) -> dict[str, object]:
    return show_rule(row.id, row.rule, wording)


def _kind_of_rule() -> Kind[RuleRow]:
    return RULE


def _kind_of_policy() -> Kind[PolicyRow]:
    return POLICY


def read_asked(asked: Asked) -> Read:
    """Reads the policies of a scope, by the ids of their roles."""

    async def read(
        reader: Reader, view: View, relation: Relation, query: Query
    ) -> Page[PolicyRow] | Refused:
        del view, relation  # whoever may read them reads all of them
        found = await read_policies(reader, asked.scope, asked.role_id)
        if isinstance(found, Refused):
            return found
        rows = [PolicyRow(asked.type, reader.token.tenant_id, one) for one in found]
        return list_constants([(row, _tell_fields(row)) for row in rows], query)

    return read


def _tell_fields(row: PolicyRow) -> dict[str, str]:
    role_id = row.stored.place.role_id
    return {
        "id": role_id,
        "role_id": role_id,
        "scope_id": row.scope_id,
        "scope_type": row.type.value,
    }


def rules_of(row: PolicyRow, name: str, version: Version) -> EntitySet[RuleRow]:
    """The rules of a policy as a set of their own, under the name that they are asked by."""

    async def read(
        reader: Reader, view: View, relation: Relation, query: Query
    ) -> Page[RuleRow] | Refused:
        del reader, view, relation  # who may read the policy may read its rules
        rows = enumerate(list_rules(row, version))
        return list_constants(
            [(one, {"id": f"{n:02}", "rule_id": one.id}) for n, one in rows], query
        )

    return replace(RULES, path=f"{POLICIES.path}('{row.id}')/{name}", read=read)


async def _read_nothing(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[Row] | Refused:
    del reader, view, relation, query  # each call says what is read
    return Page(())


RULE: Final = Kind("unifiedRoleManagementPolicyRule", _show_rule)
# quirk(graph): nothing is inherited, so what is in effect are the rules - book 4, POL-039
_RULE_LINK: Final = Link(_find_rules, _kind_of_rule, is_many=True)
POLICY: Final = Kind(
    "unifiedRoleManagementPolicy", show_policy, {"effectiveRules": _RULE_LINK, "rules": _RULE_LINK}
)
ASSIGNMENT: Final = Kind(
    "unifiedRoleManagementPolicyAssignment",
    show_policy_assignment,
    {"policy": Link(_find_policy, _kind_of_policy)},
)


def _make_set(path: str, view: View, kind: Kind[Row]) -> EntitySet[Row]:
    return EntitySet(
        f"policies/{path}",
        view,
        kind,
        _read_nothing,
        _BY_ID,
        page_size=LARGEST_PAGE,
        is_read_now=True,
    )


POLICIES: Final = _make_set("roleManagementPolicies", View.POLICIES, POLICY)
ASSIGNMENTS: Final = _make_set(
    "roleManagementPolicyAssignments", View.POLICY_ASSIGNMENTS, ASSIGNMENT
)
RULES: Final = _make_set("roleManagementPolicies/rules", View.POLICIES, RULE)
"""How they are listed; whose they are, each call says."""
