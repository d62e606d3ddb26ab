"""Bodies that nobody should send, each with the property that the answer has to name."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

TEXTS: Final = (
    "action",
    "principalId",
    "roleDefinitionId",
    "directoryScopeId",
    "appScopeId",
    "justification",
    "targetScheduleId",
    "scheduleInfo/startDateTime",
    "scheduleInfo/expiration/type",
    "scheduleInfo/expiration/endDateTime",
    "scheduleInfo/expiration/duration",
    "ticketInfo/ticketNumber",
    "ticketInfo/ticketSystem",
)
OBJECTS: Final = ("scheduleInfo", "scheduleInfo/expiration", "ticketInfo")
NO_TEXTS: Final = (7, -1.5, True, ["x"], {"x": 1})
NO_OBJECTS: Final = (7, True, ["x"], "x")
NO_FLAGS: Final[tuple[object, ...]] = (1, 0, "true", "yes", [True], {})
NO_IDS: Final = (
    "x",
    " ",
    "{4a5d8f65-41da-4de4-8968-e035b65339cf}",
    "4a5d8f6541da4de48968e035b65339cf",
    "4a5d8f65-41da-4de4-8968-e035b65339cg",
    "4a5d8f65-41da-4de4-8968-e035b65339cf ",
    "../users",
    "' or 1=1 --",
    "٤a5d8f65-41da-4de4-8968-e035b65339cf",
)
NO_SCOPES: Final = (
    "x",
    "//",
    "/administrativeUnits",
    "/administrativeUnits/",
    "/administrativeUnits/x",
    "/administrativeUnits/4a5d8f65-41da-4de4-8968-e035b65339cf/",
    "/subscriptions/4a5d8f65-41da-4de4-8968-e035b65339cf",
    "/../",
    "\\",
)
NO_INSTANTS: Final = (
    "",
    "now",
    "tomorrow",
    "1893456000",
    "2031-01-01",
    "2031-01-01T00:00:00",
    "2031-01-01 00:00:00Z",
    "2031-13-01T00:00:00Z",
    "2031-02-30T00:00:00Z",
    "2031-01-01T25:00:00Z",
    "2031-01-01T00:61:00Z",
    "2031-01-01T00:00:00+25:00",
    "0000-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "-2031-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "٢٠٣١-01-01T00:00:00Z",
)
NO_DURATIONS: Final = (
    "",
    "P",
    "PT",
    "8H",
    "eight hours",
    "P6M",
    "P1Y",
    "P1Y2M3D",
    "-PT1H",
    "PT-1H",
    "PT1,5H",
    "PT1.5H",
    "P1DT",
    "PT0S",
    "P0D",
    "PT999999999999999999H",
    "P999999999D",
    "P9999999999D",
)
NO_ACTIONS: Final = (
    "",
    " ",
    "fly",
    "admin",
    "adminAssign ",
    "unknownFutureValue",
    "selfActivate\n",
)
NO_TYPES: Final = ("sometimes", " ", "afterDate", "after duration")


def spoil(body: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """The body with one value in the place of another; what surrounds it is made if need be."""
    name, _, rest = path.partition("/")
    if not rest:
        return {**body, name: value}
    inner = body.get(name)
    return {**body, name: spoil(inner if isinstance(inner, dict) else {}, rest, value)}


def spoiled_bodies(body: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property with every wrong value: the property's path, and the body."""
    wrong = [
        *((path, value) for path in TEXTS for value in NO_TEXTS),
        *((path, value) for path in OBJECTS for value in NO_OBJECTS),
        *(("isValidationOnly", value) for value in NO_FLAGS),
        *(("principalId", value) for value in NO_IDS),
        *(("roleDefinitionId", value) for value in NO_IDS),
        *(("directoryScopeId", value) for value in NO_SCOPES),
        *(("action", value) for value in NO_ACTIONS),
        *(("scheduleInfo/startDateTime", value) for value in NO_INSTANTS),
        *(("scheduleInfo/expiration/type", value) for value in NO_TYPES),
        ("justification", "x" * 100_000),
        ("ticketInfo/ticketNumber", "x" * 100_000),
        ("justification", "before\0after"),
        ("ticketInfo/ticketSystem", "\0"),
    ]
    yield from ((path, spoil(body, path, value)) for path, value in wrong)
    for required in ("action", "principalId", "roleDefinitionId", "directoryScopeId"):
        yield required, {name: value for name, value in body.items() if name != required}
        yield required, {**body, required: None}
    yield from _spoiled_ends(body)


def _spoiled_ends(body: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    place = "scheduleInfo/expiration"
    for span in NO_DURATIONS:
        ends = {"type": "afterDuration", "duration": span}
        yield f"{place}/duration", spoil(body, place, ends)
    for instant in NO_INSTANTS:
        ends = {"type": "afterDateTime", "endDateTime": instant}
        yield f"{place}/endDateTime", spoil(body, place, ends)
    past = {"type": "afterDateTime", "endDateTime": "2001-01-01T00:00:00Z"}
    yield f"{place}/endDateTime", spoil(body, place, past)
    yield f"{place}/endDateTime", spoil(body, place, {"type": "afterDateTime"})
    yield f"{place}/duration", spoil(body, place, {"type": "afterDuration"})


NOT_JSON: Final[Mapping[str, bytes]] = {
    "nothing": b"",
    "blanks": b"  \n",
    "half an object": b'{"action": "adminAssign"',
    "a word": b"adminAssign",
    "single quotes": b"{'action': 'adminAssign'}",
    "a trailing comma": b'{"action": "adminAssign",}',
    "a comment": b'{/* */"action": "adminAssign"}',
    "two documents": b"{}{}",
    "not a number": b'{"action": NaN}',
    "an endless number": b'{"action": 1e999999}',
    "a list": b"[]",
    "null": b"null",
    "a number": b"7",
    "a text": b'"adminAssign"',
    "a byte that begins no character": b'{"justification": "\xff"}',
    "half a character": b'{"justification": "\xe2\x82"}',
    "an overlong character": b'{"justification": "\xc0\xaf"}',
    "a surrogate in bytes": b'{"justification": "\xed\xa0\x80"}',
    "a surrogate alone": b'{"justification": "\\ud800"}',
    "UTF-16": '{"action": "adminAssign"}'.encode("utf-16"),
    "a control character": b'{"justification": "a\x01b"}',
    "a form": b"action=adminAssign&principalId=x",
    "XML": b"<request/>",
    "brackets without end": b"[" * 100_000,
    "nesting without sense": b'{"x":' * 20_000 + b"1" + b"}" * 20_000,
    "nesting where nobody looks": b'{"customData":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
}
"""Bodies that are no JSON object, or none that can be read."""
