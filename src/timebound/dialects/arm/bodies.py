"""The bodies that clients send, read as tolerantly as they write them.

Names of members are taken in any casing, unknown members are passed over, and a boolean may be
spelled as a text (clients/contract.md, finding 4). What cannot be read is `InvalidRequestContent`.
"""

from typing import Final, TypeVar

import msgspec

from timebound.dialects.arm.refusals import bad_content
from timebound.dialects.odata import bodies
from timebound.dialects.odata.problems import ODataProblem

_STYLE: Final = bodies.BodyStyle(separator=".", takes_spelled_booleans=True)
_B = TypeVar("_B", bound=msgspec.Struct)


def read_body(body: bytes, type_: type[_B]) -> _B:
    """The body as the published type; refused when it is no object, or with the property at fault.

    Faults name properties by their path with dots: `properties.scheduleInfo.expiration.type`.
    """
    try:
        return bodies.read_body(body, type_, _STYLE)
    except ODataProblem as problem:
        raise _refuse(problem) from problem


def read_json(body: bytes) -> object:
    """The body as it was written, as plain objects; refused when it is no JSON."""
    try:
        return bodies.read_json(body)
    except ODataProblem as problem:
        raise _refuse(problem) from problem


def fold_names(value: object) -> object:
    """Plain objects with the names of their members in lower case, wherever they stand.

    Refused where two names then are the same.
    """
    if isinstance(value, list):
        return [fold_names(one) for one in value]
    if not isinstance(value, dict):
        return value
    folded = {name.lower(): fold_names(held) for name, held in value.items()}
    if len(folded) < len(value):
        raise bad_content("A property is given more than once")
    return folded


def _refuse(problem: ODataProblem) -> Exception:
    return bad_content(problem.message.rstrip("."), problem.flaw.value)
