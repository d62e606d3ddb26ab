"""What the filters of lists have in common: properties that are to equal texts."""

from collections.abc import Iterator

from timebound.application.queries import And, Compare, Condition, Operator
from timebound.dialects.odata.problems import ODataProblem


def read_comparisons(condition: Condition, problem: ODataProblem) -> dict[str, str]:
    """The texts that properties, in lower case, are to equal, all joined by `and`.

    A condition with anything else in it is refused with the problem that is given, and so is one
    that names a property twice: either one would be passed over.
    """
    found: dict[str, str] = {}
    for name, text in _list_comparisons(condition, problem):
        if name in found:
            raise problem
        found[name] = text
    return found


def _list_comparisons(condition: Condition, problem: ODataProblem) -> Iterator[tuple[str, str]]:
    if isinstance(condition, And):
        for part in condition.parts:
            yield from _list_comparisons(part, problem)
    elif (
        isinstance(condition, Compare)
        and condition.operator is Operator.EQ
        and isinstance(condition.value, str)
    ):
        yield condition.field.lower(), condition.value
    else:
        raise problem
