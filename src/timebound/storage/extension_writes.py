"""How custom extensions are written."""

from collections.abc import Iterator

from timebound.application.extension_writes import PutExtension
from timebound.domain.ids import TenantId
from timebound.storage.compiling import Statement
from timebound.storage.documents import write_document
from timebound.storage.extension_tables import custom_extensions
from timebound.storage.statements import Values, put_into


def put_extension(tenant_id: TenantId, write: PutExtension) -> Iterator[tuple[Statement, Values]]:
    """An extension, new or changed."""
    one = write.extension
    row: Values = {"tenant_id": tenant_id, "id": one.id, "document": write_document(one)}
    yield put_into(custom_extensions), row
