"""Signatures of webhooks, held against the published test vector."""

import base64

import pytest

from timebound.channels.signing import read_key, sign

pytestmark = pytest.mark.documented(
    "Standard Webhooks 1.0.0, with the test vector of its libraries"
)


def test_the_published_vector() -> None:
    key = read_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = sign([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_key_signs() -> None:
    keys = [bytes(24), bytes(range(64))]
    both = sign(keys, "id", 1, b"{}").split(" ")
    assert both == [sign([key], "id", 1, b"{}") for key in keys]
    assert len(set(both)) == 2


@pytest.mark.parametrize("size", [24, 64])
def test_a_secret_is_read_with_its_prefix_or_without(size: int) -> None:
    text = base64.b64encode(bytes(range(size))).decode()
    assert read_key(text) == read_key(f"whsec_{text}") == bytes(range(size))


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_***", base64.b64encode(bytes(23)).decode(), "A" * 88]
)
def test_what_is_no_secret_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a secret"):
        read_key(text)
