"""The verifier of exports that is handed out: its signatures, against published ones."""

import importlib.util
import sys
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.planting import ROOT

RFC = "RFC 8032, section 7.1"
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
            "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da0"
            "85ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
]


def load_script() -> ModuleType:
    """The script as a module."""
    path = ROOT / "docs" / "examples" / "verify_export.py"
    spec = importlib.util.spec_from_file_location("verify_export", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["verify_export"] = module
    spec.loader.exec_module(module)
    return module


SCRIPT = load_script()


@pytest.mark.documented(RFC)
@pytest.mark.parametrize(("public", "content", "signature"), VECTORS)
def test_published_signatures_verify(public: str, content: str, signature: str) -> None:
    values = [bytes.fromhex(text) for text in (public, content, signature)]
    assert SCRIPT.is_signed(*values)
    assert not SCRIPT.is_signed(values[0], values[1] + b"x", values[2])


@pytest.mark.documented(RFC)
@settings(max_examples=20)
@given(seed=st.binary(min_size=32, max_size=32), content=st.binary(), place=st.integers(0, 511))
def test_a_signature_is_of_its_content_and_key_alone(
    seed: bytes, content: bytes, place: int
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(content)
    assert SCRIPT.is_signed(public, content, signature)
    changed = bytearray(signature)
    changed[place // 8] ^= 1 << place % 8
    assert not SCRIPT.is_signed(public, content, bytes(changed))
    assert not SCRIPT.is_signed(public, content + b"\0", signature)


@pytest.mark.documented("RFC 8032, section 5.1.7: S below the order, points that decode")
def test_what_is_no_signature_is_refused() -> None:
    public, content, signature = (bytes.fromhex(text) for text in VECTORS[1])
    number = int.from_bytes(signature[32:], "little") + SCRIPT.Q
    assert not SCRIPT.is_signed(public, content, signature[:32] + number.to_bytes(32, "little"))
    assert not SCRIPT.is_signed(b"\xff" * 32, content, signature)
    assert not SCRIPT.is_signed(public, content, b"\xff" * 32 + signature[32:])
    assert not SCRIPT.is_signed(public[:31], content, signature)
    assert not SCRIPT.is_signed(public, content, signature[:63])
