"""From a change set to the statements that write it, in the order in which they must run.

The writes of a change set are a set: they are run kind by kind, what is referred to before what
refers to it, so that statements of one kind run together.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Final, TypeAlias

from sqlalchemy import bindparam, update

from timebound.application.azure_writes import (
    FreeName,
    PurgeDenial,
    PutDenial,
    PutScope,
    PutTerms,
    RemoveScope,
)
from timebound.application.changes import (
    AddOwner,
    AddUnitMember,
    ChangeSet,
    EndConsents,
    EndGrant,
    EndKinds,
    EndSignIns,
    FinishDue,
    GrantConsent,
    GrantPermission,
    InsertGrant,
    InsertRequest,
    PurgeObject,
    PurgeRole,
    PutBundle,
    PutFactor,
    PutIdentityLink,
    PutObject,
    PutPolicy,
    PutRole,
    PutSecret,
    PutTenant,
    RemoveFactor,
    RemoveIdentityLink,
    RemoveOwner,
    RemoveSecret,
    RemoveSecrets,
    RemoveUnitMember,
    RevokeConsent,
    RevokePermission,
    TouchObject,
    UpdateRequest,
    Write,
)
from timebound.application.extension_writes import PutExtension
from timebound.application.mark_ports import (
    PutAttributeNamespace,
    PutFavorite,
    RemoveAttributeNamespace,
    RemoveFavorite,
)
from timebound.application.policy_run_writes import FinishRunItem, PutPolicyRun
from timebound.domain.ids import TenantId
from timebound.domain.requests import Request
from timebound.storage.azure_tables import deny_assignments
from timebound.storage.azure_writes import free_name, put_terms
from timebound.storage.bundles import write_bundle
from timebound.storage.columns import InstantColumn
from timebound.storage.compiling import Statement
from timebound.storage.denials import purge_denial, put_denial
from timebound.storage.directory_rows import write_definition, write_event
from timebound.storage.directory_writes import (
    add_member,
    add_owner,
    grant_permission,
    purge_object,
    put_object,
    put_secret,
    remove_member,
    remove_owner,
    remove_secret,
    remove_secrets,
    revoke_permission,
    touch_object,
)
from timebound.storage.documents import write_document, write_policy
from timebound.storage.due_writes import finish_due, plan_due
from timebound.storage.evaluation_writes import plan_evaluations
from timebound.storage.extension_writes import put_extension
from timebound.storage.factor_writes import put_factor, remove_factor
from timebound.storage.federating import put_identity_link, remove_identity_link
from timebound.storage.fragments import parameter
from timebound.storage.kind_endings import end_kinds
from timebound.storage.marks import (
    put_attribute_namespace,
    put_favorite,
    remove_attribute_namespace,
    remove_favorite,
)
from timebound.storage.nodes import write_content
from timebound.storage.policy_runs import finish_run_item, put_policy_run
from timebound.storage.policy_writes import put_policy
from timebound.storage.rows import (
    OUTCOME_COLUMNS,
    list_approvers,
    write_grant,
    write_outcome,
    write_request,
)
from timebound.storage.sign_in_ends import end_sign_ins
from timebound.storage.sign_in_tables import user_consents
from timebound.storage.statements import Run, Values, delete_from, insert_into, put_into
from timebound.storage.tables import (
    events,
    grants,
    policies,
    request_approvers,
    requests,
    role_bundles,
    roles,
    scopes,
    tenant_domains,
    tenants,
)


def plan_change(change: ChangeSet) -> list[Run]:
    """The statements of the writes and the events of a change set."""
    runs: dict[Statement, list[Values]] = {}
    for statement, values in _plan(change):
        runs.setdefault(statement, []).append(values)
    return list(runs.items())


def _plan(change: ChangeSet) -> Iterator[tuple[Statement, Values]]:
    tenant_id = change.tenant_id
    for write in sorted(change.writes, key=_rank):
        if isinstance(write, PutObject):
            yield from put_object(change, write)
        elif isinstance(write, TouchObject):
            yield from touch_object(change, write)
        else:
            yield from _WRITERS[type(write)](tenant_id, write)
    yield from plan_due(change)
    yield from plan_evaluations(change)
    for event in change.events:
        yield insert_into(events), write_event(tenant_id, event)


def _rank(write: Write) -> int:
    return _RANKS[type(write)]


def _put_tenant(tenant_id: TenantId, write: PutTenant) -> Iterator[tuple[Statement, Values]]:
    row: Values = {
        "id": tenant_id,
        "display_name": write.display_name,
        "settings": write_document(write.settings),
        "defaults_version": write.defaults_version,
    }
    yield put_into(tenants), row
    yield delete_from(tenant_domains, "tenant_id"), {"of_tenant_id": tenant_id}
    for position, domain in enumerate(dict.fromkeys(d.lower() for d in write.domains)):
        domain_row: Values = {"domain": domain, "tenant_id": tenant_id, "position": position}
        yield insert_into(tenant_domains), domain_row


def _put_role(tenant_id: TenantId, write: PutRole) -> Iterator[tuple[Statement, Values]]:
    yield put_into(roles), write_definition(tenant_id, write.definition)


def _purge_role(tenant_id: TenantId, write: PurgeRole) -> Iterator[tuple[Statement, Values]]:
    yield (
        delete_from(roles, "tenant_id", "id"),
        {"of_tenant_id": tenant_id, "of_id": write.role_id},
    )


def _put_bundle(tenant_id: TenantId, write: PutBundle) -> Iterator[tuple[Statement, Values]]:
    yield put_into(role_bundles), write_bundle(tenant_id, write.bundle)


def _put_scope(tenant_id: TenantId, write: PutScope) -> Iterator[tuple[Statement, Values]]:
    row: Values = {
        "tenant_id": tenant_id,
        "kind": write.scope.kind.value,
        "path": write.scope.path,
        "parent": write.parent.path if write.parent else None,
        "path_key": write.scope.key,
        "document": write_content(write.content),
    }
    yield put_into(scopes), row


def _remove_scope(tenant_id: TenantId, write: RemoveScope) -> Iterator[tuple[Statement, Values]]:
    kind, path = write.scope.kind.value, write.scope.path
    node: Values = {"of_tenant_id": tenant_id, "of_kind": kind, "of_path": path}
    yield delete_from(scopes, "tenant_id", "kind", "path"), node
    there: Values = {"of_tenant_id": tenant_id, "of_scope": path}
    yield (
        delete_from(policies, "tenant_id", "scope_kind", "scope"),
        {**there, "of_scope_kind": kind},
    )
    yield delete_from(deny_assignments, "tenant_id", "scope"), there


def _insert_request(
    tenant_id: TenantId, write: InsertRequest
) -> Iterator[tuple[Statement, Values]]:
    yield (
        insert_into(requests),
        write_request(tenant_id, write.request, write_policy(write.policy)),
    )
    yield from _insert_approvers(tenant_id, write.request)


def _update_request(
    tenant_id: TenantId, write: UpdateRequest
) -> Iterator[tuple[Statement, Values]]:
    yield _update_outcome(), write_outcome(tenant_id, write.request)
    yield from _insert_approvers(tenant_id, write.request)


def _insert_approvers(tenant_id: TenantId, request: Request) -> Iterator[tuple[Statement, Values]]:
    for row in list_approvers(tenant_id, request):
        yield put_into(request_approvers), row


def _insert_grant(tenant_id: TenantId, write: InsertGrant) -> Iterator[tuple[Statement, Values]]:
    yield insert_into(grants), write_grant(tenant_id, write.grant)


def _end_grant(tenant_id: TenantId, write: EndGrant) -> Iterator[tuple[Statement, Values]]:
    values: Values = {
        "of_tenant": tenant_id,
        "of_id": write.grant_id,
        "new_end": write.at,
        "new_by": write.by,
    }
    yield _end(), values


def _grant_consent(tenant_id: TenantId, write: GrantConsent) -> Iterator[tuple[Statement, Values]]:
    row: Values = {
        "tenant_id": tenant_id,
        "user_id": write.user_id,
        "application_id": write.application_id,
        "permission": write.permission,
    }
    yield put_into(user_consents), row


def _revoke_consent(
    tenant_id: TenantId, write: RevokeConsent
) -> Iterator[tuple[Statement, Values]]:
    yield (
        delete_from(user_consents, "tenant_id", "user_id", "application_id", "permission"),
        {
            "of_tenant_id": tenant_id,
            "of_user_id": write.user_id,
            "of_application_id": write.application_id,
            "of_permission": write.permission,
        },
    )


def _end_consents(tenant_id: TenantId, write: EndConsents) -> Iterator[tuple[Statement, Values]]:
    column = "application_id" if write.is_application else "user_id"
    values: Values = {"of_tenant_id": tenant_id, f"of_{column}": write.holder}
    yield delete_from(user_consents, "tenant_id", column), values


_Writer: TypeAlias = Callable[[TenantId, Any], Iterable[tuple[Statement, Values]]]

_WRITERS: Final[dict[type[Write], _Writer]] = {
    PutTenant: _put_tenant,
    PutRole: _put_role,
    PurgeRole: _purge_role,
    PutBundle: _put_bundle,
    PutScope: _put_scope,
    RemoveScope: _remove_scope,
    PutDenial: put_denial,
    PurgeDenial: purge_denial,
    RemoveFavorite: remove_favorite,
    PutFavorite: put_favorite,
    RemoveAttributeNamespace: remove_attribute_namespace,
    PutAttributeNamespace: put_attribute_namespace,
    PutPolicy: put_policy,
    PutPolicyRun: put_policy_run,
    PutExtension: put_extension,
    FinishRunItem: finish_run_item,
    RemoveUnitMember: remove_member,
    AddUnitMember: add_member,
    RemoveOwner: remove_owner,
    AddOwner: add_owner,
    RemoveSecret: remove_secret,
    RemoveSecrets: remove_secrets,
    PutSecret: put_secret,
    RemoveIdentityLink: remove_identity_link,
    PutIdentityLink: put_identity_link,
    RevokePermission: revoke_permission,
    GrantPermission: grant_permission,
    RemoveFactor: remove_factor,
    PutFactor: put_factor,
    EndSignIns: end_sign_ins,
    EndConsents: _end_consents,
    RevokeConsent: _revoke_consent,
    GrantConsent: _grant_consent,
    InsertRequest: _insert_request,
    FreeName: free_name,
    PutTerms: put_terms,
    InsertGrant: _insert_grant,
    UpdateRequest: _update_request,
    EndGrant: _end_grant,
    EndKinds: end_kinds,
    FinishDue: finish_due,
    PurgeObject: purge_object,
}
_ORDER: Final = dict.fromkeys((PutTenant, PutObject, TouchObject, *_WRITERS))
_RANKS: Final = {kind: rank for rank, kind in enumerate(_ORDER)}


@cache
def _update_outcome() -> Statement:
    kinds = {name: requests.c[name].type for name in OUTCOME_COLUMNS}
    return Statement(
        update(requests)
        .where(requests.c.tenant_id == parameter("of_tenant"), requests.c.id == parameter("of_id"))
        .values({name: bindparam(f"new_{name}", type_=kind) for name, kind in kinds.items()})
    )


@cache
def _end() -> Statement:
    """Sets the end of a grant if that makes it earlier; the first to end it is who is named."""
    end = bindparam("new_end", type_=InstantColumn)
    return Statement(
        update(grants)
        .where(
            grants.c.tenant_id == parameter("of_tenant"),
            grants.c.id == parameter("of_id"),
            grants.c.until_at > end,
        )
        .values(
            ended_at=end,
            ended_by=parameter("new_by"),
            until_at=end,
        )
    )
