"""The writes about Azure alone, as statements."""

from collections.abc import Iterator
from functools import cache

from sqlalchemy import update

from timebound.application.azure_writes import FreeName, PutTerms
from timebound.domain.ids import TenantId
from timebound.storage.compiling import Statement
from timebound.storage.documents import write_document
from timebound.storage.fragments import parameter
from timebound.storage.statements import Values
from timebound.storage.tables import grants


def put_terms(tenant_id: TenantId, write: PutTerms) -> Iterator[tuple[Statement, Values]]:
    """The new terms of a grant."""
    terms = write_document(write.terms)
    yield _put(), {"of_tenant": tenant_id, "of_id": write.grant_id, "new_terms": terms}


def free_name(tenant_id: TenantId, write: FreeName) -> Iterator[tuple[Statement, Values]]:
    """The new id of a grant that is over."""
    yield _free(), {"of_tenant": tenant_id, "of_id": write.grant_id, "new_id": write.new_id}


@cache
def _put() -> Statement:
    return Statement(
        update(grants)
        .where(grants.c.tenant_id == parameter("of_tenant"), grants.c.id == parameter("of_id"))
        .values(terms=parameter("new_terms"))
    )


@cache
def _free() -> Statement:
    return Statement(
        update(grants)
        .where(grants.c.tenant_id == parameter("of_tenant"), grants.c.id == parameter("of_id"))
        .values(id=parameter("new_id"))
    )
