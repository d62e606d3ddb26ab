"""How the resource manager says what is wrong with a policy: a published code, and at what place.

The sentences tell little, as those of the service do; `target` names the rule and the member.
"""

from http import HTTPStatus
from typing import Final

from timebound.dialects.arm.call import Call
from timebound.dialects.arm.refusals import ArmError, Refusal
from timebound.dialects.shared.wording import POLICY_WORDS
from timebound.domain.decide import Refused
from timebound.domain.problems import Code, in_order

_SHOWN: Final = 200


async def refuse_change(call: Call, refused: Refused) -> Refusal:
    """What the domain refused, in the words for policies where there are some."""
    first = in_order(refused.problems)[0]
    if first.code is Code.OBJECT_NOT_FOUND:
        return refuse_absent(call.keys[0])
    if first.code not in POLICY_WORDS:
        return await call.refuse(refused)
    reason = " ".join(
        f"{one.code.value} {one.property} {one.reason and one.reason.value}"
        for one in refused.problems
    )
    return Refusal(_say(first.code, first.property), reason)


def refuse_absent(name: str) -> Refusal:
    """The refusal of a policy that is not there under its name."""
    message = f"The policy '{name[:_SHOWN]}' was not found at this scope."
    return Refusal(ArmError(HTTPStatus.NOT_FOUND, "InputPolicyNotFound", message))


def refuse_policy(place: str, why: str) -> Refusal:
    """The refusal of a policy for what stands at a place of it."""
    return _refuse(Code.POLICY_INVALID, place, why)


def refuse_rule(place: str, why: str) -> Refusal:
    """The refusal of a rule for what stands at a place of it."""
    return _refuse(Code.POLICY_RULE_INVALID, place, why)


def _refuse(code: Code, place: str, why: str) -> Refusal:
    return Refusal(_say(code, place), f"{code.value} {place[:_SHOWN]} {why}")


def _say(code: Code, place: str | None) -> ArmError:
    published, message = POLICY_WORDS[code]
    return ArmError(HTTPStatus.BAD_REQUEST, published, message, target=place and place[:_SHOWN])
