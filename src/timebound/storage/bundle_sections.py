"""All questions about one assignment of a provider: its role, its people, what they hold of it."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import select

from timebound.application.bundle_ports import BundleQuestion, LoadedBundle
from timebound.application.changes import (
    FactKey,
    application_key,
    bundle_key,
    principal_key,
    role_key,
)
from timebound.domain.authority import Token
from timebound.domain.bundles import BundleFacts, object_named
from timebound.domain.times import Instant
from timebound.storage.bundles import BUNDLE_COLUMNS, read_bundle
from timebound.storage.callers import (
    caller_parameters,
    caller_sections,
    held_through_groups,
    read_caller,
)
from timebound.storage.compiling import is_any_of
from timebound.storage.directory_rows import (
    DEFINITION_COLUMNS,
    OBJECT_COLUMNS,
    read_definition,
    read_object,
)
from timebound.storage.facts import read_grants
from timebound.storage.fragments import (
    TENANT,
    columns_of,
    grants_as,
    not_over,
    parameter,
    select_grants,
)
from timebound.storage.stacking import Stack
from timebound.storage.standing import ROLE
from timebound.storage.tables import directory_objects, role_bundles, roles
from timebound.storage.version_sections import known_versions, versions_of_principals


@cache
def bundle_stack() -> Stack:
    """The statement about any assignment of a provider."""
    holding = held_through_groups().subquery("role_groups")
    held = grants_as("bundled")
    return Stack(
        {
            **caller_sections(),
            "version": known_versions(),
            "version_of": versions_of_principals([select(holding.c.principal_id.label("id"))]),
            "definition": select(*columns_of(roles, DEFINITION_COLUMNS)).where(
                roles.c.tenant_id == TENANT, roles.c.id == ROLE
            ),
            "bundle": select(*columns_of(role_bundles, BUNDLE_COLUMNS)).where(
                role_bundles.c.tenant_id == TENANT, role_bundles.c.id == parameter("bundle")
            ),
            "object": select(*columns_of(directory_objects, OBJECT_COLUMNS)).where(
                directory_objects.c.tenant_id == TENANT,
                directory_objects.c.deleted_at.is_(None),
                is_any_of(directory_objects.c.id, "objects"),
            ),
            "bundled": select_grants(held).where(
                held.c.tenant_id == TENANT,
                is_any_of(held.c.principal_id, "people"),
                held.c.scope_kind == parameter("role_kind"),
                held.c.role_id == ROLE,
                not_over(held),
            ),
        }
    )


def bundle_parameters(token: Token, question: BundleQuestion, at: Instant) -> dict[str, object]:
    """The parameters of that statement."""
    parts = (named for part in question.part_ids if (named := object_named(part)))
    return {
        **caller_parameters(token, at),
        "role": question.role_id,
        "role_kind": question.kind.value,
        "bundle": question.id,
        "objects": [*question.principal_ids, *parts],
        "people": list(question.principal_ids),
        "keys": list(_known_keys(token, question)),
    }


def read_loaded_bundle(
    token: Token, question: BundleQuestion, found: Mapping[str, Sequence[tuple[Any, ...]]]
) -> LoadedBundle:
    """The facts with their versions; what was never changed has version 0."""
    versions = dict.fromkeys(_known_keys(token, question), 0)
    rows = (*found["version"], *found["version_of"])
    versions.update((FactKey(key), version) for key, version in rows)
    objects = [read_object(row) for row in found["object"]]
    definitions, bundles = found["definition"], found["bundle"]
    facts = BundleFacts(
        caller=read_caller(token, found),
        role=read_definition(definitions[0]) if definitions else None,
        bundle=read_bundle(bundles[0]) if bundles else None,
        principals=frozenset(one.id for one in objects if one.as_principal() is not None),
        objects=frozenset(one.id for one in objects),
        grants=read_grants(found["bundled"]),
    )
    return LoadedBundle(facts, versions)


def _known_keys(token: Token, question: BundleQuestion) -> tuple[FactKey, ...]:
    return (
        principal_key(token.principal_id),
        application_key(token.application_id),
        role_key(question.role_id),
        bundle_key(question.id),
        *(principal_key(person) for person in question.principal_ids),
    )
