"""The options of a call, by their names in lower case."""

from collections.abc import Mapping
from typing import Final

from timebound.dialects.odata.options import LONGEST_QUERY, MOST_OPTIONS
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.text import decode_text

API_VERSION: Final = "api-version"
_QUERY: Final = "query"


def read_query(raw: bytes) -> Mapping[str, str]:
    """The options of a raw query string, with their `$`, decoded and without blanks around them.

    Blanks arrive as `+` and as `%20`, names in any case and encoded. Refused when too long, when it
    is no UTF-8, and when an option has two values.
    """
    if len(raw) > LONGEST_QUERY or raw.count(b"&") > MOST_OPTIONS:
        raise ODataProblem(
            Flaw.TOO_LARGE,
            _QUERY,
            f"The query has over {LONGEST_QUERY} characters or {MOST_OPTIONS} options",
        )
    options: dict[str, str] = {}
    for pair in raw.split(b"&"):
        name, _, value = pair.partition(b"=")
        option = _decode(name, _QUERY).lower()
        if not option:
            continue
        text = _decode(value, option if option.startswith("$") else _QUERY)
        if options.setdefault(option, text) != text:
            raise ODataProblem(
                Flaw.REPEATED, _QUERY, f"The query option '{option[:40]}' is given more than once"
            )
    return options


def _decode(raw: bytes, target: str) -> str:
    return decode_text(raw.replace(b"+", b" "), target).strip()
