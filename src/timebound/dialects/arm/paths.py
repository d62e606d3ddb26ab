"""Paths and resource ids, in every spelling that clients use."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.text import decode_text
from timebound.domain.folding import fold

LONGEST_PATH: Final = 4_000
MOST_SEGMENTS: Final = 64
AUTHORIZATION: Final = "microsoft.authorization"
_PATH: Final = "path"
_PROVIDERS: Final = "providers"
_ALIAS: Final = [_PROVIDERS, "microsoft.subscription", "subscriptions"]


@lru_cache(maxsize=2048)
def split_path(raw: bytes) -> tuple[str, ...]:
    """The decoded segments of a path as sent, encoded and without its query.

    Empty segments vanish (`//`, a trailing `/`), and a subscription that is named by its provider
    is named by itself. Refused when it is no UTF-8 or too long, and with a slash inside a segment.
    """
    pieces = [piece for piece in raw.split(b"/") if piece]
    if len(raw) > LONGEST_PATH or len(pieces) > MOST_SEGMENTS:
        raise ODataProblem(Flaw.TOO_LARGE, _PATH, "The path is too long")
    segments = tuple(decode_text(piece, _PATH) for piece in pieces)
    # Two readers would not agree on which scope such a path names.
    if any("/" in segment for segment in segments):
        raise ODataProblem(Flaw.MALFORMED, _PATH, "A segment of the path holds an encoded slash")
    return _drop_alias(segments)


def tidy_id(text: str) -> str:
    """A resource id with its slash in front, none doubled or behind, its subscription by itself.

    Letters stay as they are. An empty text, and `/`, is the tenant: `/`.
    """
    return join_segments(_drop_alias([piece for piece in text.strip().split("/") if piece]))


def join_segments(segments: Sequence[str]) -> str:
    """The path of segments; `/` of none."""
    return "/" + "/".join(segments)


def split_scope(segments: Sequence[str]) -> int | None:
    """Where what follows the last `providers/Microsoft.Authorization` starts; none without it."""
    for index in range(len(segments) - 2, 0, -1):
        is_provider = fold(segments[index - 1]) == _PROVIDERS
        if is_provider and fold(segments[index]) == AUTHORIZATION:
            return index + 1
    return None


def _drop_alias(segments: Sequence[str]) -> tuple[str, ...]:
    is_alias = [fold(one) for one in segments[: len(_ALIAS)]] == _ALIAS
    return tuple(segments[len(_ALIAS) - 1 :] if is_alias else segments)
