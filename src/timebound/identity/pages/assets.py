"""The files that pages refer to: a style sheet, an icon, and scripts that pages do without."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from starlette.responses import Response

SEGMENT: Final = "assets"
ICON_PATH: Final = "favicon.ico"
_ICON: Final = "timebound.svg"
_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_KEPT: Final = {"cache-control": "public, max-age=31536000, immutable"}
_ICON_KEPT: Final = {"cache-control": "public, max-age=86400"}
"""Its path is the same for every version."""


@cache
def _read_all() -> dict[str, bytes]:
    folder = files("timebound.identity.pages") / "static"
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}


def write_address(name: str) -> str:
    """The path of a file, which is another once the file is."""
    return f"/{SEGMENT}/{name}?v={sha256(_read_all()[name]).hexdigest()[:12]}"


def serve_asset(name: str) -> Response | None:
    """The file; none if there is none of that name."""
    content, type_ = _read_all().get(name), _TYPES.get(name.rpartition(".")[2])
    return None if content is None or type_ is None else Response(content, 200, _KEPT, type_)


def serve_icon() -> Response:
    """The icon, where browsers look for it unasked: behind answers that are no page of ours."""
    return Response(_read_all()[_ICON], 200, _ICON_KEPT, _TYPES["svg"])
