"""Approvals of activations in Azure: who may look at them where, and which one is meant."""

from collections.abc import Sequence
from dataclasses import replace

from timebound.application.approval_reading import HAS_APPROVAL, ApprovalRow, tell_approvals
from timebound.application.azure_reading import (
    Admitted,
    AzureQuestion,
    admit_to_azure,
    judge_question,
    read_azure_requests,
)
from timebound.application.engine import Engine
from timebound.application.queries import And, Compare, Operator, Order, Page, Query
from timebound.application.reading import Reader
from timebound.application.settling import OpenRequest
from timebound.application.views import Reach, Relation, View
from timebound.domain.azure.places import ROOT
from timebound.domain.decide import Refused
from timebound.domain.ids import RequestId
from timebound.domain.problems import Code
from timebound.domain.requests import Request, RequestKind
from timebound.domain.scopes import Scope, ScopeKind


async def admit_to_azure_approvals(
    reader: Reader, question: AzureQuestion, query: Query
) -> Admitted | Refused:
    """Whether the caller may ask; who may not see all approvals there sees their own.

    Their own are those that they are asked to decide.
    """
    admitted = await admit_to_azure(reader, View.APPROVALS, question, query)
    is_of_all = question.relation is Relation.ANYBODY
    if isinstance(admitted, Refused) and is_of_all and _is_lacking(admitted):
        own = replace(question, relation=Relation.APPROVER)
        return await admit_to_azure(reader, View.APPROVALS, own, query)
    return admitted


async def read_azure_approvals(
    reader: Reader, admitted: Admitted, query: Query
) -> Page[ApprovalRow]:
    """A page of approvals as of the reader's instant."""
    asked = replace(query, condition=And((query.condition, HAS_APPROVAL)))
    page = await read_azure_requests(reader, View.ASSIGNMENT_REQUESTS, admitted, asked)
    rows = await tell_approvals(reader, admitted.caller, page.rows)
    return Page(rows, page.next_position, page.total)


async def find_azure_approval(
    reader: Reader, place: Scope, id_: RequestId
) -> tuple[ApprovalRow, Admitted] | Refused | None:
    """The approval of a request around a place, if it is any business of the caller's."""
    query = Query(1, Compare("id", Operator.EQ, id_), (Order("id"),))
    loaded = await reader.store.load_rights(reader.token, place, reader.at)
    for relation in (Relation.ANYBODY, Relation.APPROVER, Relation.PRINCIPAL, Relation.CREATOR):
        question = AzureQuestion(place, Reach.AROUND, relation)
        admitted = judge_question(reader, View.APPROVALS, question, query, loaded)
        is_of_all = relation is Relation.ANYBODY
        if isinstance(admitted, Refused):
            if is_of_all and _is_lacking(admitted):
                continue
            return admitted
        page = await read_azure_approvals(reader, admitted, query)
        if page.rows:
            return page.rows[0], admitted
        if is_of_all:
            # Who sees everybody's has seen their own.
            return None
    return None


async def find_waiting(
    engine: Engine, reader: Reader, place: Scope, id_: RequestId
) -> OpenRequest | None:
    """The request whose approval is meant, whoever asks; none where no such one is around.

    The place is spelled as the tree does.
    """
    token = reader.token
    found = await engine.store.load_request(token.tenant_id, id_)
    asked = OpenRequest(id_, ScopeKind.AZURE, RequestKind.ASSIGNMENT)
    if found is None or not asked.is_same(found):
        return None
    there = found.draft.slot.scope
    both = await reader.store.load_rights_at(token, (place, there), reader.at)
    is_around = place.path in both[1].around or there.path in both[0].around
    return asked if is_around else None


def place_of(admitted: Admitted) -> Scope:
    """The place that was asked about, as the tree spells it."""
    area = admitted.audience.area
    return ROOT if area is None else Scope(ScopeKind.AZURE, area.path)


async def tell_decided(reader: Reader, decided: Request) -> Sequence[ApprovalRow]:
    """The approval that the caller has decided, as they see it from now on."""
    caller = await reader.store.load_caller(reader.token, reader.at)
    return await tell_approvals(reader, caller, (decided,))


def _is_lacking(refused: Refused) -> bool:
    return refused.problems[0].code is Code.ACTION_NOT_ALLOWED
