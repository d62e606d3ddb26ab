"""What the filters of lists have in common: properties that are to equal texts."""

from collections.abc import Iterator

from timebound.application.queries import And, Compare, Condition, Operator
from timebound.dialects.odata.problems import ODataProblem


def list_comparisons(condition: Condition, problem: ODataProblem) -> Iterator[tuple[str, str]]:
    """The properties, in lower case, and the texts they are to equal, all joined by `and`.

    A condition with anything else in it is refused with the problem that is given.
    """
    if isinstance(condition, And):
        for part in condition.parts:
            yield from list_comparisons(part, problem)
    elif (
        isinstance(condition, Compare)
        and condition.operator is Operator.EQ
        and isinstance(condition.value, str)
    ):
        yield condition.field.lower(), condition.value
    else:
        raise problem
