"""Domain values that are kept as JSON documents, in both directions.

A document is read back as it was written; the classes of the domain are the schema. Documents that
many rows share (settings, policies, levels) are read once and kept.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from timebound.domain.approvals import Approval
from timebound.domain.evaluations import Evaluation
from timebound.domain.events import Event, Fact
from timebound.domain.grants import Terms
from timebound.domain.ids import TenantId
from timebound.domain.policies import ALL_SLOTS, Policy, default_policy
from timebound.domain.roles import Role
from timebound.domain.scopes import ScopeLevel
from timebound.domain.settings import TenantSettings
from timebound.domain.times import AskedSchedule, Instant
from timebound.storage.columns import write_instant

_KEPT: Final = 1024


def write_document(value: object) -> str:
    """The JSON text of any value of the domain, with its keys in order."""
    return msgspec.json.encode(value, enc_hook=_as_dict, order="sorted").decode()


def _as_dict(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"{type(value).__name__} cannot be kept")


@lru_cache(_KEPT)
def read_settings(text: str) -> TenantSettings:
    """The settings of a tenant."""
    return msgspec.json.decode(text, type=TenantSettings)


def write_policy(policy: Policy) -> str:
    """The rules of a policy by their ids."""
    return write_document(policy.rules)


@lru_cache(_KEPT)
def read_policy(text: str) -> Policy:
    """A policy; the id of each rule tells its class."""
    raw = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    return Policy(
        {id_: msgspec.json.decode(rule, type=ALL_SLOTS[id_].type) for id_, rule in raw.items()}
    )


@lru_cache(_KEPT)
def read_default_policy(role: Role) -> Policy:
    """The policy of a role that has none of its own."""
    return default_policy(role)


_schedules: Final = msgspec.json.Decoder(AskedSchedule)
_approvals: Final = msgspec.json.Decoder(Approval)
_evaluations: Final = msgspec.json.Decoder(Evaluation)
_terms: Final = msgspec.json.Decoder(Terms)


def read_schedule(text: str | None) -> AskedSchedule | None:
    """A schedule as it was asked for."""
    return None if text is None else _schedules.decode(text)


def read_approval(text: str | None) -> Approval | None:
    """The approval of a request."""
    return None if text is None else _approvals.decode(text)


def read_evaluation(text: str | None) -> Evaluation | None:
    """What an extension is asked about a request, or was."""
    return None if text is None else _evaluations.decode(text)


def read_terms(text: str | None) -> Terms | None:
    """The terms of an Azure role assignment."""
    return None if text is None else _terms.decode(text)


@lru_cache(_KEPT)
def read_levels(text: str) -> frozenset[ScopeLevel]:
    """The directory scopes that a role can be held at."""
    return msgspec.json.decode(text, type=frozenset[ScopeLevel])


@lru_cache(_KEPT)
def read_texts(text: str) -> tuple[str, ...]:
    """A list of texts."""
    return msgspec.json.decode(text, type=tuple[str, ...])


def read_facts(text: str) -> dict[str, Fact]:
    """Plain values by name; what was a tuple is one again."""
    if text == "{}":
        return {}
    return {name: _freeze(value) for name, value in msgspec.json.decode(text).items()}


def _freeze(value: Any) -> Fact:  # noqa: ANN401 - what JSON can hold
    if isinstance(value, list):
        return tuple(_freeze(item) for item in value)
    if isinstance(value, dict):
        return {name: _freeze(item) for name, item in value.items()}
    return value  # type: ignore[no-any-return]  # plain values are left


def write_texts(texts: Iterable[str]) -> str:
    """The JSON text of a list of texts."""
    return msgspec.json.encode(list(texts)).decode()


def canonical_event(tenant_id: TenantId, event: Event) -> str:
    """Everything an event says, as a canonical document: what its digest is made over."""
    said: dict[str, object] = {
        "tenant": tenant_id,
        "id": event.id,
        "kind": event.kind,
        "effectiveAt": _canonical_instant(event.effective_at),
        "recordedAt": _canonical_instant(event.recorded_at),
        "correlationId": event.correlation_id,
        "actorUser": event.actor.user_id,
        "actorApplication": event.actor.application_id,
        "subject": event.subject_id,
        "data": event.data,
    }
    return write_document(said)


def digest_event(tenant_id: TenantId, event: Event) -> str:
    """The SHA-256 over everything an event says."""
    return hashlib.sha256(canonical_event(tenant_id, event).encode()).hexdigest()


def _canonical_instant(at: Instant) -> str:
    return write_instant(at)
