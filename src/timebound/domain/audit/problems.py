"""Why something was refused, as its record tells it: every unmet rule, in the order of checks."""

from collections.abc import Iterator, Mapping

from timebound.domain.events import Fact
from timebound.domain.problems import Code


def tell_reasons(data: Mapping[str, Fact]) -> tuple[tuple[str, str], ...]:
    """Each problem as a detail of the record: rules by their published names."""
    return tuple(
        ("UnmetRule" if one.get("code") == Code.RULE_FAILED.value else "Problem", _say(one))
        for one in _read_problems(data)
    )


def say_reasons(data: Mapping[str, Fact]) -> str:
    """All problems in one line; what somebody from elsewhere was refused for stands alone."""
    said = "; ".join(_say(one) for one in _read_problems(data))
    return said or str(data.get("reason") or "refused")


def _read_problems(data: Mapping[str, Fact]) -> Iterator[Mapping[str, Fact]]:
    problems = data.get("problems")
    told = problems if isinstance(problems, tuple) else ()
    return (one for one in told if isinstance(one, Mapping))


def _say(problem: Mapping[str, Fact]) -> str:
    words = [problem.get("rule") or problem.get("code"), problem.get("reason")]
    said = ": ".join(str(word) for word in words if word)
    names = problem.get("names")
    extra = [problem.get("property"), *(names if isinstance(names, tuple) else ())]
    told = ", ".join(str(one) for one in extra if one)
    return f"{said} ({told})" if told else said
