"""Custom extensions as they are kept, each as one document."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import msgspec
from sqlalchemy import BigInteger, cast, func, select

from timebound.application.changes import TENANT as TENANT_KEY
from timebound.application.changes import FactKey, application_key, principal_key
from timebound.application.extension_ports import EXTENSIONS, LoadedExtension
from timebound.domain.authority import Token
from timebound.domain.extensions import CustomExtension, ExtensionFacts
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.storage.asking import Asking
from timebound.storage.callers import caller_parameters, caller_sections, read_caller
from timebound.storage.compiling import Statement, is_any_of
from timebound.storage.extension_tables import custom_extensions
from timebound.storage.fragments import TENANT, parameter
from timebound.storage.stacking import Stack
from timebound.storage.version_sections import known_versions

_NUMBER: Final = cast(func.count(), BigInteger()).label("number")
_extensions: Final = msgspec.json.Decoder(CustomExtension)


class ExtensionFinding(Asking):
    """Answers which custom extensions there are."""

    async def load_extension(self, token: Token, extension_id: str, at: Instant) -> LoadedExtension:
        """The extension with an id, if there is one, how many there are, and the caller."""
        keys = (
            EXTENSIONS,
            principal_key(token.principal_id),
            application_key(token.application_id),
            TENANT_KEY,
        )
        values = {
            **caller_parameters(token, at),
            "extension": extension_id,
            "keys": list(keys),
        }
        stack = _facts()
        found = stack.split(await self.ask(stack.statement, values))
        versions = dict.fromkeys(keys, 0)
        versions |= {FactKey(key): version for key, version in found["version"]}
        rows = found["extension"]
        return LoadedExtension(
            ExtensionFacts(
                read_caller(token, found),
                _extensions.decode(rows[0][0]) if rows else None,
                int(found["count"][0][0]),
            ),
            versions,
        )

    async def find_extensions(
        self, tenant_id: TenantId, ids: Sequence[str]
    ) -> Mapping[str, CustomExtension]:
        """The extensions with these ids, by id."""
        rows = await self.ask(_find(), {"tenant": tenant_id, "extensions": list(ids)})
        return {one.id: one for one in (_extensions.decode(row[0]) for row in rows)}

    async def list_extensions(self, tenant_id: TenantId) -> Sequence[CustomExtension]:
        """All of them."""
        rows = await self.ask(_list(), {"tenant": tenant_id})
        return [_extensions.decode(row[0]) for row in rows]


@cache
def _facts() -> Stack:
    own = custom_extensions.c
    of_tenant = own.tenant_id == TENANT
    return Stack(
        {
            **caller_sections(),
            "version": known_versions(),
            "extension": select(own.document).where(of_tenant, own.id == parameter("extension")),
            "count": select(_NUMBER).select_from(custom_extensions).where(of_tenant),
        }
    )


@cache
def _find() -> Statement:
    own = custom_extensions.c
    which = (own.tenant_id == TENANT, is_any_of(own.id, "extensions"))
    return Statement(select(own.document).where(*which))


@cache
def _list() -> Statement:
    own = custom_extensions.c
    return Statement(select(own.document).where(own.tenant_id == TENANT).order_by(own.id))
