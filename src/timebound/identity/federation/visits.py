"""A browser's visits on its way to a provider and back."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from timebound.identity.federation.upstream import (
    Journey,
    Upstream,
    finish_sign_in,
    start_sign_in,
)
from timebound.identity.flows.outcomes import Outcome, SendTo, ShowTrouble
from timebound.identity.flows.visits import SIGN_IN_PATH, Visit, write_path
from timebound.identity.problems import Fault, Refusal

FederationVisit: TypeAlias = Callable[[Upstream, Visit, str], Awaitable[Outcome]]
_LONGEST_NAME: Final = 40
_ELSEWHERE: Final = frozenset({"cross-site", "same-site"})
"""What `Sec-Fetch-Site` says of a way that did not begin on a page of ours."""


async def visit_start(upstream: Upstream, visit: Visit, name: str) -> Outcome:
    """Sends the browser to the provider of that name, if it comes from a page of ours.

    A link elsewhere would else sign in whoever follows it, if the provider asks them nothing.
    """
    journey = _find(upstream, visit, name)
    if journey is None:
        return _refuse(name)
    if visit.site in _ELSEWHERE:
        path = write_path(journey.tenant.id, SIGN_IN_PATH, {"ctx": visit.field("ctx")})
        return SendTo(path)
    return await start_sign_in(upstream, journey, visit.field("ctx"))


async def visit_callback(upstream: Upstream, visit: Visit, name: str) -> Outcome:
    """Takes the browser back from the provider of that name."""
    journey = _find(upstream, visit, name)
    if journey is None:
        return _refuse(name)
    return await finish_sign_in(upstream, journey, visit.fields)


def _find(upstream: Upstream, visit: Visit, name: str) -> Journey | None:
    tenant = visit.place.tenant
    if tenant is None:
        return None
    provider = upstream.federation.find_provider(tenant, name)
    if provider is None:
        return None
    return Journey(tenant, provider, visit.browser(tenant.id), visit.sent_from)


def _refuse(name: str) -> ShowTrouble:
    return ShowTrouble(Refusal(Fault.FEDERATION_UNKNOWN, name[:_LONGEST_NAME]))
