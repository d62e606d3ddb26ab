"""All questions about one role definition: what it is, who has its name, whether it is in use."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    cast,
    exists,
    func,
    or_,
    select,
)

from timebound.application.changes import (
    FactKey,
    application_key,
    principal_key,
    role_key,
    role_use_key,
    roles_key,
)
from timebound.application.role_ports import LoadedRole, RoleQuestion
from timebound.domain.authority import Token
from timebound.domain.ids import RoleId
from timebound.domain.role_changes import RoleFacts
from timebound.domain.times import Instant
from timebound.storage.areas import below
from timebound.storage.callers import (
    caller_parameters,
    caller_sections,
    held_through_groups,
    read_caller,
)
from timebound.storage.compiling import Statement, is_any_of
from timebound.storage.directory_rows import DEFINITION_COLUMNS, read_definition
from timebound.storage.fragments import (
    AZURE,
    TENANT,
    columns_of,
    constant,
    grants_as,
    not_over,
    parameter,
)
from timebound.storage.stacking import Stack
from timebound.storage.standing import ROLE
from timebound.storage.tables import roles
from timebound.storage.version_sections import known_versions, versions_of_principals

_KIND = parameter("role_kind")


@cache
def role_stack() -> Stack:
    """The statement about any role definition."""
    holding = held_through_groups().subquery("role_groups")
    return Stack(
        {
            **caller_sections(),
            "version": known_versions(),
            "version_of": versions_of_principals([select(holding.c.principal_id.label("id"))]),
            "definition": select(*columns_of(roles, DEFINITION_COLUMNS)).where(
                roles.c.tenant_id == TENANT, roles.c.id == ROLE
            ),
            "named": _named(),
            "built_in": _built_in(),
            "custom": _custom(),
            "used": _used(),
        }
    )


def role_parameters(token: Token, question: RoleQuestion, at: Instant) -> dict[str, object]:
    """The parameters of that statement."""
    return {
        **caller_parameters(token, at),
        "role": question.role_id,
        "role_kind": question.kind.value,
        "name": (question.name or "").lower(),
        "inherited": list(question.inherits_from),
        "keys": list(_known_keys(token, question)),
    }


def read_loaded_role(
    token: Token, question: RoleQuestion, found: Mapping[str, Sequence[tuple[Any, ...]]]
) -> LoadedRole:
    """The facts with their versions; what was never changed has version 0."""
    versions = dict.fromkeys(_known_keys(token, question), 0)
    rows = (*found["version"], *found["version_of"])
    versions.update((FactKey(key), version) for key, version in rows)
    definitions = found["definition"]
    facts = RoleFacts(
        caller=read_caller(token, found),
        definition=read_definition(definitions[0]) if definitions else None,
        named=frozenset(RoleId(row[0]) for row in found["named"]),
        built_in=frozenset(RoleId(row[0]) for row in found["built_in"]),
        custom_count=found["custom"][0][0],
        is_in_use=bool(found["used"]),
    )
    return LoadedRole(facts, versions)


def _known_keys(token: Token, question: RoleQuestion) -> tuple[FactKey, ...]:
    return (
        principal_key(token.principal_id),
        application_key(token.application_id),
        role_key(question.role_id),
        role_use_key(question.role_id),
        roles_key(question.kind),
    )


def _there(columns: Sequence[Any]) -> Select[Any]:
    """What there is of the kind and was not deleted."""
    return select(*columns).where(
        roles.c.tenant_id == TENANT, roles.c.kind == _KIND, roles.c.deleted_at.is_(None)
    )


def _named() -> Select[Any]:
    """Who has the name that is asked for, or that the definition has already."""
    same = roles.alias("same")
    own = select(same.c.name_key).where(same.c.tenant_id == TENANT, same.c.id == ROLE)
    return _there([roles.c.id]).where(
        or_(roles.c.name_key == parameter("name"), roles.c.name_key.in_(own))
    )


def _built_in() -> Select[Any]:
    return _there([roles.c.id]).where(roles.c.is_built_in, is_any_of(roles.c.id, "inherited"))


def _custom() -> Select[Any]:
    number = cast(func.count(), BigInteger()).label("number")
    return _there([number]).where(~roles.c.is_built_in)


def _used() -> Select[Any]:
    """Somebody holds the role, will hold it, or is eligible for it."""
    return select(constant("used").label("used")).where(exists(_use(grants_as("role_use"), _KIND)))


def _use(held: FromClause, kind: ColumnElement[str]) -> Select[Any]:
    return select(held.c.id).where(
        held.c.tenant_id == TENANT,
        held.c.scope_kind == kind,
        held.c.role_id == ROLE,
        not_over(held),
    )


@cache
def used_below() -> Statement:
    """The statement about the use of a role of Azure in a place, but in none of those kept."""
    held = grants_as("role_use")
    paths = select(below(but="kept").c.path)
    use = exists(_use(held, AZURE).where(held.c.scope.in_(paths)))
    return Statement(select(constant("used").label("used")).where(use))
