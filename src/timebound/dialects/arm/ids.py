"""Resource ids: how those of what PIM and RBAC know are spelled, and what a client means by one.

Source: recordings of the service (arm notes 1 and 3).
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from timebound.domain.azure.places import SUBSCRIPTIONS, read_place, subscription_of
from timebound.domain.scopes import Scope, ScopeKind

PROVIDER: Final = "Microsoft.Authorization"
_ALIAS: Final = "/providers/Microsoft.Subscription"
_GUID: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII
)
_EXTENSION: Final = re.compile(rf"(.*)/providers/{PROVIDER}/", re.IGNORECASE | re.ASCII)


class _Stems(NamedTuple):
    """How the ids of RBAC, of PIM and of roles begin at a place."""

    rbac: str
    pim: str
    role: str


def spell_id(scope: Scope, collection: str, name: str) -> str:
    """The id of something at a place, as RBAC spells it."""
    return f"{_stems_of(scope.path).rbac}{collection}/{name}"


def spell_pim_id(scope: Scope, collection: str, name: str) -> str:
    """The id of something at a place, as PIM spells it: behind an alias within subscriptions."""
    return f"{_stems_of(scope.path).pim}{collection}/{name}"


def spell_role_id(scope: Scope, guid: str) -> str:
    """The id of a role seen from a place: at its subscription, or of none above all of them."""
    return f"{_stems_of(scope.path).role}roleDefinitions/{guid}"


@lru_cache(maxsize=4_096)
def _stems_of(path: str) -> _Stems:
    """How ids begin at a place: lists spell those of the same few over and over."""
    stem = f"{path.rstrip('/')}/providers/{PROVIDER}/"
    subscription = subscription_of(Scope(ScopeKind.AZURE, path))
    if subscription is None:
        return _Stems(stem, stem, f"/providers/{PROVIDER}/")
    # quirk(arm): PIM puts the provider of subscriptions before their paths - recordings of 2022
    role = f"{SUBSCRIPTIONS}/{subscription}/providers/{PROVIDER}/"
    return _Stems(stem, f"{_ALIAS}{stem}", role)


def read_guid(text: str) -> str | None:
    """The GUID that an id ends with, in lower case; none where it ends with none."""
    last = text.rstrip("/").rpartition("/")[2]
    return last.lower() if _GUID.fullmatch(last) else None


def is_guid(text: str) -> bool:
    """Whether a text is a GUID and nothing else."""
    return _GUID.fullmatch(text) is not None


def read_prefix(text: str) -> Scope | None:
    """The place that an id is spelled at; none for a bare GUID, and for what is no place."""
    found = _EXTENSION.match(text if text.startswith("/") else f"/{text}")
    return None if found is None else read_place(found[1])
