"""Members of policy rules, read exactly: nothing is folded, ignored or taken for something else.

A place is the id of the rule and the names that lead to the value: `rule/setting/approvalMode`.
What is refused is told to the log by its place; the client gets the published sentence.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, TypeAlias

from timebound.dialects.graph.policy_problems import say_policy_problem
from timebound.dialects.graph.refusals import Refusal
from timebound.domain.policy_limits import LARGEST_NUMBER, LONGEST_TEXT
from timebound.domain.problems import Code

Read: TypeAlias = Callable[[object, str], object]
"""Reads the value at a place, or refuses it."""
Shape: TypeAlias = Mapping[str, tuple[str | None, Read]]
"""By published name the field that a member sets, none where it must only be as it is."""

_ANNOTATION: Final = "@odata."


def refuse_policy(why: str) -> Refusal:
    """The refusal of a policy as a whole."""
    error = say_policy_problem(Code.POLICY_INVALID)
    return Refusal(error, f"{error.code} {why}")


def refuse_rule(place: str, why: str) -> Refusal:
    """The refusal of a rule for what stands at a place of it."""
    error = say_policy_problem(Code.POLICY_RULE_INVALID)
    return Refusal(error, f"{error.code} {place[:200]} {why}")


def read_object(raw: object, place: str) -> Mapping[str, object]:
    """An object, whatever its members."""
    if not isinstance(raw, dict):
        raise refuse_rule(place, "is no object")
    return raw


def read_members(raw: object, place: str, known: Collection[str]) -> Mapping[str, object]:
    """The members of an object, all of them known, without its annotations."""
    members = {
        name: value for name, value in read_object(raw, place).items() if _ANNOTATION not in name
    }
    for name in members:
        if name not in known:
            raise refuse_rule(f"{place}/{name}", "is not known")
    return members


def read_fields(raw: object, place: str, shape: Shape) -> dict[str, Any]:
    """The fields that the members of an object set; those that are not sent are not set."""
    fields: dict[str, Any] = {}
    for name, value in read_members(raw, place, shape).items():
        field, read = shape[name]
        held = read(value, f"{place}/{name}")
        if field is not None:
            fields[field] = held
    return fields


def read_type(raw: Mapping[str, object], place: str) -> str:
    """The type that an object says it is of, without its namespace."""
    named = raw.get("@odata.type")
    if not isinstance(named, str):
        raise refuse_rule(place, "does not say its type")
    return named.removeprefix("#").removeprefix("microsoft.graph.")


def read_flag(raw: object, place: str) -> bool:
    """True or false."""
    if not isinstance(raw, bool):
        raise refuse_rule(place, "is neither true nor false")
    return raw


def read_number(raw: object, place: str) -> int:
    """A whole number that is not negative."""
    if not isinstance(raw, int) or isinstance(raw, bool) or not 0 <= raw <= LARGEST_NUMBER:
        raise refuse_rule(place, "is no whole number from 0 on")
    return raw


def read_text(raw: object, place: str) -> str:
    """A text that can be kept."""
    if not isinstance(raw, str) or len(raw) > LONGEST_TEXT or "\0" in raw:
        raise refuse_rule(place, "is no text that can be kept")
    return raw


def read_text_or_null(raw: object, place: str) -> str | None:
    """A text, or nothing where null is sent."""
    return None if raw is None else read_text(raw, place)


def read_list(raw: object, place: str) -> list[object]:
    """A list, whatever is in it."""
    if not isinstance(raw, list):
        raise refuse_rule(place, "is no list")
    return raw


def read_texts(raw: object, place: str) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(read_text(one, place) for one in read_list(raw, place))


def read_nothing(raw: object, place: str) -> None:
    """What can only be empty: an empty list, or null."""
    if raw is not None and raw != []:
        raise refuse_rule(place, "is not empty")


def one_of(words: Iterable[str]) -> Read:
    """What reads one of some words in any case, and answers it as it is published."""
    known = {word.lower(): word for word in words}

    def read(raw: object, place: str) -> str:
        found = known.get(read_text(raw, place).lower())
        if found is None:
            raise refuse_rule(place, f"is none of {', '.join(known.values())}")
        return found

    return read
