"""Headers as they are sent, whatever is told in them."""

import pytest

from timebound.dialects.shared.exchange import encode_headers

pytestmark = pytest.mark.inferred("what was done is told, and no name ends a header early")

TOLD = {
    "https://a.example/b?c=d%20e&f=(g)": b"https://a.example/b?c=d%20e&f=(g)",
    "caf\u00e9": b"caf\xe9",
    "/\u5317": b"/%E5%8C%97",
    "/\u017fx\u00e9": b"/%C5%BFx%C3%A9",
    "a\r\nb: c": b"a%0D%0Ab: c",
    "\ud800": b"?",
    "": b"",
}


@pytest.mark.parametrize("value", TOLD)
def test_every_text_can_be_sent(value: str) -> None:
    assert encode_headers({"location": value}) == ((b"location", TOLD[value]),)
