"""What a request asked to be answered: its `$select` and `$expand`, nested ones included."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

OPENING, CLOSING = "(", ")"


@dataclass(frozen=True, slots=True)
class Asked:
    """The projection a client asked for; names are lower case, as they are compared."""

    select: frozenset[str] | None = None
    expand: Mapping[str, "Asked"] = field(default_factory=dict)
    needs_count: bool = False
    is_unasked: bool = False
    """Whether this stands for an object that came along: how much of it comes is not published."""

    @property
    def expands_all(self) -> bool:
        """Whether every navigation property was asked for."""
        return "*" in self.expand


NOTHING = Asked()
UNASKED = Asked(is_unasked=True)


def read_query(query: str) -> Asked:
    """Answer what the query part of an URL asks for; unknown options say nothing."""
    return _read_options(dict(parse_qsl(query, keep_blank_values=True)))


def _read_options(options: Mapping[str, str]) -> Asked:
    named = {name.strip().lower().lstrip("$"): text for name, text in options.items()}
    select = named.get("select")
    return Asked(
        select=_read_select(select) if select is not None else None,
        expand=dict(_read_expand(named.get("expand", ""))),
        needs_count=named.get("count", "").strip().lower() == "true",
    )


def _read_select(text: str) -> frozenset[str] | None:
    names = frozenset(item.partition("/")[0].lower() for item in split_outside(text, ","))
    return None if not names or "*" in names else names


def _read_expand(text: str) -> Iterator[tuple[str, Asked]]:
    for item in split_outside(text, ","):
        name, _, nested = item.partition(OPENING)
        options = (part.partition("=") for part in split_outside(nested.removesuffix(")"), ";"))
        yield name.strip().lower(), _read_options({name: value for name, _, value in options})


def split_outside(text: str, separator: str) -> Iterator[str]:
    """Split at separators that stand outside parentheses; empty parts are left out."""
    depth, part = 0, ""
    for character in text + separator:
        depth += (character == OPENING) - (character == CLOSING)
        if character == separator and depth <= 0:
            if part.strip():
                yield part.strip()
            part = ""
        else:
            part += character
