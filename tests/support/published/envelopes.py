"""What surrounds a body: headers, the error envelope, contexts and collections."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from tests.support.published.asked import Asked, split_outside
from tests.support.published.exchange import Exchange
from tests.support.published.operations import Form, Operation
from tests.support.published.shapes import Inspection
from tests.support.published.values import GUID

CONTEXT: Final = re.compile(r"https?://[^/\s]+/(?P<version>v1\.0|beta)/\$metadata#(?P<what>\S+)")
PROJECTED: Final = re.compile(r"(?P<set>.*?[^'])(\((?P<names>[^'].*|)\))?(?P<one>/\$entity)?")
"""A set, then the names selected and expanded; the key of a parent stands in quotes instead."""
PARAMETERS: Final = {
    "odata.metadata": {"minimal", "full", "none"},
    "odata.streaming": {"true", "false"},
    "ieee754compatible": {"true", "false"},
    "charset": {"utf-8"},
}
ERROR: Final = frozenset({"code", "message", "innerError"})
INNER_ERROR: Final = frozenset({"date", "request-id", "client-request-id"})
ERROR_DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z?")
OF_DIRECTORY = frozenset(
    ["administrativeUnit", "application", "directoryObject", "group", "servicePrincipal", "user"]
)
ON_COLLECTIONS: Final[Mapping[str, type]] = {
    "@odata.count": int,
    "@odata.nextLink": str,
    "@microsoft.graph.tips": str,
}
NEEDED_WITH: Final = {401: "www-authenticate", 429: "retry-after"}


def find_header_faults(exchange: Exchange) -> Iterator[str]:
    """Answer what is wrong with the headers."""
    headers = exchange.headers
    if not GUID.fullmatch(headers.get("request-id", "")):
        yield f"header request-id: {headers.get('request-id')!r} is not a GUID"
    for name in ("client-request-id", NEEDED_WITH.get(exchange.status)):
        if name and not headers.get(name):
            yield f"header {name}: missing"
    if exchange.body is not None:
        yield from _find_type_faults(exchange, headers.get("content-type", ""))


def _find_type_faults(exchange: Exchange, content_type: str) -> Iterator[str]:
    media, *rest = (part.strip().lower() for part in content_type.split(";"))
    if media != "application/json":
        yield f"header content-type: {content_type!r} is not application/json"
        return
    given = {name: value for name, _, value in (part.partition("=") for part in rest)}
    for name, value in given.items():
        if value not in PARAMETERS.get(name, ()):
            yield f"header content-type: {name}={value} is not published"
    if not exchange.is_refused and "odata.metadata" not in given:
        yield "header content-type: odata.metadata is missing"


def find_error_faults(exchange: Exchange) -> Iterator[str]:
    """Answer what is wrong with the body of a refusal: the envelope is exact."""
    body = exchange.body
    if not (isinstance(body, dict) and body.keys() == {"error"}):
        yield f"body: {body!r} is not an error envelope"
        return
    error = body["error"]
    if not (isinstance(error, dict) and error.keys() == ERROR):
        yield f"error: members are {_name_members(error)}, not {_name_members(ERROR)}"
        return
    yield from (
        f"error.{name}: {error[name]!r} is not a text"
        for name in ("code", "message")
        if not (isinstance(error[name], str) and (error[name] or _may_be_empty(name, error)))
    )
    yield from _find_inner_faults(exchange.headers, error["innerError"])


def _may_be_empty(name: str, error: Mapping[str, object]) -> bool:
    """Whether a member is known to come empty: the code, with one sentence (row APR-016)."""
    return name == "code" and str(error["message"]).startswith("Valid permissions not present.")


def _find_inner_faults(headers: Mapping[str, str], inner: object) -> Iterator[str]:
    if not (isinstance(inner, dict) and inner.keys() == INNER_ERROR):
        wanted = _name_members(INNER_ERROR)
        yield f"error.innerError: members are {_name_members(inner)}, not {wanted}"
        return
    if not ERROR_DATE.fullmatch(str(inner["date"])):
        yield f"error.innerError.date: {inner['date']!r} is not a published date"
    for name in ("request-id", "client-request-id"):
        if inner[name] != headers.get(name):
            yield f"error.innerError.{name}: {inner[name]!r} is not that of the header"


def _name_members(value: object) -> str:
    names = value if isinstance(value, dict | frozenset) else (repr(value),)
    return ", ".join(sorted(map(str, names)))


def inspect_collection(
    inspection: Inspection, declared: str, body: Mapping[str, object], asked: Asked
) -> None:
    """Hold a collection and each of its items against the published type of an item."""
    items = body.get("value")
    if isinstance(items, list):
        for index, item in enumerate(items):
            inspection.inspect_object(declared, item, f"value[{index}]", asked)
    else:
        inspection.report("value", f"{items!r} is not a list")
    for name, content in body.items():
        if name not in {"value", "@odata.context", *ON_COLLECTIONS}:
            inspection.report(name, "not a member of a collection")
        elif name in ON_COLLECTIONS and not isinstance(content, ON_COLLECTIONS[name]):
            inspection.report(name, f"{content!r} is not {ON_COLLECTIONS[name].__name__}")
    # Objects of the directory are counted with a header alone, and on the first page of a list.
    if asked.needs_count and declared not in OF_DIRECTORY and "@odata.count" not in body:
        inspection.report("@odata.count", "missing, but asked for")
    _inspect_link(inspection, body.get("@odata.nextLink"))


def inspect_values(inspection: Inspection, declared: str, body: Mapping[str, object]) -> None:
    """Hold a collection of texts, or of addresses of objects."""
    items = body.get("value")
    if not isinstance(items, list):
        inspection.report("value", f"{items!r} is not a list")
        return
    for index, item in enumerate(items):
        is_address = isinstance(item, dict) and list(item) == ["@odata.id"]
        if not (is_address if declared == "$ref" else isinstance(item, str)):
            inspection.report(f"value[{index}]", f"{item!r} is no {declared}")
    _inspect_link(inspection, body.get("@odata.nextLink"))


def inspect_flag(inspection: Inspection, body: Mapping[str, object]) -> None:
    """Hold an answer that only says yes or no."""
    if body.keys() - {"@odata.context"} != {"value"} or not isinstance(body["value"], bool):
        inspection.report("value", f"{dict(body)!r} is not a flag")


def _inspect_link(inspection: Inspection, link: object) -> None:
    start = rf"https?://[^/\s]+/{re.escape(inspection.facts.version)}/\S+"
    if isinstance(link, str) and not re.fullmatch(start, link):
        inspection.report("@odata.nextLink", f"{link!r} is not an absolute link of this version")


def inspect_context(
    inspection: Inspection,
    operation: Operation,
    segments: tuple[str, ...],
    context: object,
    asked: Asked,
) -> None:
    """Hold the context of an answer against the set, the form and the projection it answers."""
    where = "@odata.context"
    read = CONTEXT.fullmatch(context) if isinstance(context, str) else None
    if read is None or read["version"] != inspection.facts.version:
        inspection.report(where, f"{context!r} is not a context of this version")
        return
    if operation.is_function and re.fullmatch(
        rf"Collection\((microsoft\.graph\.)?{operation.type}\)", read["what"]
    ):
        return
    if (operation.is_action or operation.form is Form.VALUE) and read["what"] in {
        f"microsoft.graph.{operation.type}",
        operation.type,
    }:
        return
    if operation.form is Form.VALUES:
        if read["what"] != f"Collection({operation.type})":
            inspection.report(where, f"{context!r} does not say {operation.type}")
        return
    parts = PROJECTED.fullmatch(read["what"])
    name = operation.name_set(segments)
    is_named = parts is not None and name.lower() in _name_sets(parts["set"])
    if parts is None or (operation.is_tabled and not is_named):
        inspection.report(where, f"{context!r} does not name {name}")
        return
    if bool(parts["one"]) != (operation.form is Form.ENTITY):
        inspection.report(where, f"{context!r} does not say that it is {operation.form.value}")
    _inspect_projection(inspection, operation.type, parts["names"] or "", asked)


def _name_sets(told: str) -> tuple[str, str]:
    """The set that a context names, with the person in it and without: `me` is one of `users`."""
    return told.lower(), re.sub(r"^users\('[^']*'\)/", "users/", told.lower())


def _inspect_projection(inspection: Inspection, declared: str, names: str, asked: Asked) -> None:
    given = {re.split(r"[(/]", item)[0].lower() for item in split_outside(names, ",")}
    known = {name.lower() for name in inspection.facts.list_members(declared)} | {"*"}
    if strangers := given - known:
        inspection.report("@odata.context", f"{_name_members(frozenset(strangers))} not known")
    if missing := (asked.select or frozenset()) - given:
        inspection.report("@odata.context", f"{_name_members(missing)} selected, but not named")
