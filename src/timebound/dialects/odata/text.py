"""Percent-encoded bytes of a URL turned into text."""

from urllib.parse import unquote_to_bytes

from timebound.dialects.odata.problems import Flaw, ODataProblem


def decode_text(raw: bytes, target: str) -> str:
    """The text; refused when it is no UTF-8, or holds NUL, which no store can keep."""
    try:
        text = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ODataProblem(Flaw.MALFORMED, target, f"'{target}' is not text encoded as UTF-8")
    return text
