"""How often may be called: what a call is counted as, and how what is left is told."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from starlette.types import Scope

from timebound.application.azure_throttling import AzureThrottle, CallKind, HeldUp
from timebound.dialects.arm.refusals import GATEWAY, ArmError, Refusal
from timebound.domain.authority import Token

REMAINING: Final = "remaining"
"""Where the state of a call says how many may follow."""
_BATCH: Final = "batch"
_SUBSCRIPTIONS: Final = "subscriptions"
_KINDS: Final = {
    "GET": CallKind.READ,
    "HEAD": CallKind.READ,
    "DELETE": CallKind.DELETE,
}
_SUPPOSED: Final = {CallKind.READ: 11_999, CallKind.WRITE: 1_199, CallKind.DELETE: 14_999}
"""What is told to be left of the hourly limits while nothing is counted."""
_SHOWN: Final = 80


async def charge(
    throttle: AzureThrottle | None, token: Token, scope: Scope, segments: Sequence[str]
) -> None:
    """Counts a call; refused when it has to wait. A batch costs nothing: its parts are counted."""
    if throttle is None or (segments and segments[0].lower() == _BATCH):
        return
    subscription, kind = find_subscription(segments), kind_of(scope["method"])
    outcome = await throttle.admit(token, subscription, kind)
    if outcome is None:
        return
    if isinstance(outcome, HeldUp):
        scope["state"][REMAINING] = 0
        raise Refusal(say_held_up(outcome, token, subscription, kind))
    scope["state"][REMAINING] = outcome.remaining


def tell_remaining(
    method: str, state: Mapping[str, object], *, is_in_subscription: bool
) -> tuple[bytes, bytes]:
    """The header that tells what is left."""
    kind = kind_of(method)
    place = "subscription" if is_in_subscription else "tenant"
    left = state.get(REMAINING, _SUPPOSED[kind])
    name = f"x-ms-ratelimit-remaining-{place}-{kind.value}s"
    return name.encode(), str(left).encode()


def kind_of(method: str) -> CallKind:
    """What a call is counted as; a POST that changes nothing counts as a write as well."""
    return _KINDS.get(method, CallKind.WRITE)


def find_subscription(segments: Sequence[str]) -> str | None:
    """The id of the subscription that a path begins with, in lower case."""
    is_one = len(segments) > 1 and segments[0].lower() == _SUBSCRIPTIONS
    return segments[1].lower() if is_one else None


def say_held_up(
    held_up: HeldUp, token: Token, subscription: str | None, kind: CallKind
) -> ArmError:
    """The error for who has to wait. Source: answers that clients have reported."""
    place = "Tenant" if subscription is None else "Subscription"
    named = token.tenant_id if subscription is None else subscription[:_SHOWN]
    message = (
        f"Number of '{kind.value}' requests for {place.lower()} '{named}' actor "
        f"'{token.principal_id}' exceeded. Please try again after '{held_up.seconds}' seconds."
    )
    headers = {"retry-after": str(held_up.seconds), **GATEWAY}
    return ArmError(HTTPStatus.TOO_MANY_REQUESTS, f"{place}RequestsThrottled", message, headers)
