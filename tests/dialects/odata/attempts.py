"""Reading what may be refused."""

from collections.abc import Callable
from typing import TypeVar

from timebound.dialects.odata.problems import ODataProblem

_Raw = TypeVar("_Raw")
_Read = TypeVar("_Read")


def attempt(read: Callable[[_Raw], _Read], raw: _Raw) -> tuple[ODataProblem | None, _Read | None]:
    """The refusal or what was read; whatever else is raised goes on up."""
    try:
        return None, read(raw)
    except ODataProblem as problem:
        return problem, None
