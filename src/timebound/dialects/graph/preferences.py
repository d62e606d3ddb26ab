"""What a client would rather have: the `Prefer` header, and what of it is done.

Source: OData 4.01 protocol, 8.2.8; Graph docs on evolvable enumerations.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from starlette.types import Scope

from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.refusals import bad_request
from timebound.dialects.odata.options import parse_options
from timebound.dialects.odata.problems import ODataProblem
from timebound.dialects.shared.exchange import Headers, find_header

_FORMAT: Final = b"format="
_HEADER: Final = b"prefer"
_APPLIED: Final = "preference-applied"
_PAGE: Final = ("odata.maxpagesize", "maxpagesize")
_UNKNOWN: Final = "include-unknown-enum-members"
_RETURN: Final = "return"
CREATE: Final = "create-if-missing"
_MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Preferences:
    """The preferences of a call that are known here; the others are not applied."""

    largest_page: int | None = None
    returns: str | None = None
    takes_unknown: bool = False
    creates_missing: bool = False


_NONE: Final = Preferences()


def read_preferences(call: Call) -> Preferences:
    """The preferences of a call; what has no value that can be taken is none."""
    text = call.read_header(_HEADER)
    if text is None:
        return _NONE
    found = _split(text)
    size = next((found[name] for name in _PAGE if name in found), "")
    is_size = size.isascii() and size.isdigit() and len(size) <= _MOST_DIGITS and int(size) > 0
    return Preferences(
        largest_page=int(size) if is_size else None,
        returns=found.get(_RETURN),
        takes_unknown=_UNKNOWN in found,
        creates_missing=CREATE in found,
    )


def find_media(scope: Scope) -> str:
    """The form that the client wants its answer in: `$format` goes before the header."""
    raw: bytes = scope["query_string"]
    if _FORMAT in raw.lower():
        try:
            return parse_options(raw).media
        except ODataProblem:
            return ""  # it is refused where the options are needed
    return find_header(scope["headers"], b"accept") or ""


def check_odata_version(headers: Headers) -> None:
    """Refuses a client that understands no version of OData which is spoken here."""
    text = find_header(headers, b"odata-maxversion")
    if text is not None and not text.strip().startswith("4"):
        raise bad_request(f"The header 'OData-MaxVersion' is '{text[:20]}', not 4.0 or above.")


def say_applied(answer: Answer, *applied: str) -> Answer:
    """The answer with what was applied told in its header."""
    if not applied:
        return answer
    before = answer.headers.get(_APPLIED)
    told = ", ".join(filter(None, (before, *applied)))
    return replace(answer, headers={**answer.headers, _APPLIED: told})


async def apply_preferences(
    call: Call, answer: Answer, read: Callable[[Call], Awaitable[Answer]] | None
) -> Answer:
    """The answer in the form that the client prefers; `read` is how the place itself is read."""
    preferred = read_preferences(call)
    if preferred is _NONE:
        return answer
    if preferred.takes_unknown:
        answer = say_applied(answer, _UNKNOWN)
    if preferred.returns == "representation" and answer.status == HTTPStatus.CREATED:
        return say_applied(answer, "return=representation")
    if preferred.returns == "minimal" and answer.status == HTTPStatus.CREATED:
        return say_applied(_shorten(call, answer), "return=minimal")
    is_told = preferred.returns == "representation" and answer.status == HTTPStatus.NO_CONTENT
    if is_told and read is not None:
        shown = await read(replace(call, query=b"", body=b""))
        told: Mapping[str, str] = {**answer.headers, **shown.headers}
        return say_applied(replace(shown, headers=told), "return=representation")
    return answer


def _shorten(call: Call, answer: Answer) -> Answer:
    """Nothing but where the new entity is."""
    made = answer.body or {}
    place = answer.headers.get("location") or f"{call.place}/{made.get('id', '')}"
    headers = {**answer.headers, "location": place, "odata-entityid": place}
    return Answer(HTTPStatus.NO_CONTENT, None, headers)


def _split(text: str) -> dict[str, str]:
    """The preferences by name in lower case; of one that is repeated the first counts."""
    found: dict[str, str] = {}
    for piece in text.replace(";", ",").split(","):
        name, _, value = piece.partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"').lower())
    return found
