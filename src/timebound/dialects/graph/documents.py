"""The documents that describe the door itself, which anybody is told, with a token or without."""

from http import HTTPStatus
from typing import Final

import msgspec
from starlette.types import Scope

from timebound.dialects.graph.answers import COMMON, SHORT
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.metadata import describe_schema, list_roots
from timebound.dialects.odata.path import split_path
from timebound.dialects.shared.exchange import Headers, Reply

METADATA: Final = "$metadata"
_LONGEST: Final = 2
_VERSIONS: Final = {version.value: version for version in Version}
_XML: Final[Headers] = (*COMMON, (b"content-type", b"application/xml"))


def find_document(scope: Scope) -> Reply | None:
    """The document that is asked for; none where the call is for something else."""
    if scope["method"] != "GET":
        return None
    path = split_path(scope["raw_path"])
    if not path or len(path) > _LONGEST:
        return None
    version = _VERSIONS.get(path[0].folded)
    rest = [one.folded for one in path[1:]]
    if version is None or rest not in ([], [METADATA]):
        return None
    # quirk(graph): no token is asked for here - msgraph-metadata, which is fetched that way
    if rest:
        scope["state"]["operation"] = f"GET {METADATA}"
        return Reply(HTTPStatus.OK, _XML, describe_schema(version))
    scope["state"]["operation"] = "GET /"
    context = f"{scope['state']['origin']}/{version.value}/{METADATA}"
    body = msgspec.json.encode({"@odata.context": context, "value": list_roots(version)})
    return Reply(HTTPStatus.OK, SHORT, body)
