"""Problems as the control door tells them: everything that is known of one."""

from collections.abc import Mapping

from timebound.domain.problems import Problem


def show_problem(problem: Problem) -> Mapping[str, object]:
    """One thing that is wrong."""
    return {
        "code": problem.code.value,
        "rule": problem.rule.value if problem.rule else None,
        "reason": problem.reason.value if problem.reason else None,
        "property": problem.property,
        "value": problem.value,
    }
