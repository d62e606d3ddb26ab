"""Calling custom extensions: what they are sent, with which token, and what answer counts."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Final, Literal

import msgspec

from timebound.application.extension_ports import Question
from timebound.dialects.graph.convert.extension_calls import write_question
from timebound.domain.evaluations import EvaluationAnswer, Outcome
from timebound.identity.service_tokens import ServiceTokens
from timebound.outgoing.addresses import Network, Resolver, SystemResolver
from timebound.outgoing.calling import Answer, Ask, GuardedCaller
from timebound.outgoing.contracts import FetchFault, OutgoingRules, write_origin
from timebound.server.config import Settings

LARGEST_ANSWER: Final = 64 * 1024
_LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class _Said(msgspec.Struct, rename="camel"):
    """The published answer; other members of it say nothing."""

    evaluation_id: Annotated[str, msgspec.Meta(min_length=1)]
    evaluation_outcome: Literal["Approved", "AutoApproved", "Denied"]
    reason: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ExtensionCaller:
    """Calls whoever an extension names, at public addresses and those of `networks` alone."""

    tokens: ServiceTokens
    networks: Sequence[Network]
    trust: ssl.SSLContext
    proxy: str | None = None
    resolver: Resolver = field(default_factory=SystemResolver)

    async def consult(self, question: Question) -> EvaluationAnswer | str:
        """What the extension says, or in a few words why there is no valid answer."""
        extension = question.extension
        token = await self.tokens.issue(
            question.tenant_id, extension.resource_id, extension.application_id
        )
        if token is None:
            return "no application of the tenant has the resource among its identifierUris"
        headers = {
            "authorization": f"Bearer {token}",
            "content-type": "application/json",
            "client-request-id": question.id,
        }
        content = msgspec.json.encode(write_question(question.request, question.at))
        ask = Ask("POST", extension.target_url, headers, content, LARGEST_ANSWER)
        origin = write_origin(extension.target_url)
        caller = GuardedCaller(
            OutgoingRules(frozenset({origin} if origin else ()), self.networks),
            resolver=self.resolver,
            trust=self.trust,
            time_limit=timedelta(milliseconds=extension.timeout),
            proxy=self.proxy,
        )
        return _read(await caller.call(ask))


def list_networks(settings: Settings) -> Sequence[Network]:
    """Where extensions may be besides public addresses: an emulator's may be on its machine."""
    return (*settings.outgoing_networks, *(_LOOPBACK if settings.is_emulator else ()))


def _read(answer: Answer | FetchFault) -> EvaluationAnswer | str:
    if isinstance(answer, FetchFault):
        return answer.problem.value
    if not answer.is_success:
        return f"the answer is {answer.status}"
    try:
        said = msgspec.json.decode(answer.content or b"", type=_Said)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "the answer is none that is published"
    outcome = Outcome(said.evaluation_outcome)
    told = EvaluationAnswer(said.evaluation_id, outcome, said.reason or ())
    return told if told.can_be_kept else "the answer says more than can be kept"
