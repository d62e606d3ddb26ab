"""Codes of an app and codes on paper, as pure functions."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from timebound.identity.factors.recovery import (
    HOW_MANY,
    make_recovery_codes,
    mark_recovery_code,
)
from timebound.identity.factors.totp import (
    STEP,
    find_step,
    make_totp_secret,
    write_secret,
    write_uri,
)
from timebound.identity.flows.marks import Marks

SECRET = b"12345678901234567890"
VECTORS = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037"}
MARKS = Marks(b"k" * 32)


@pytest.mark.documented("RFC 6238, appendix B: the last six digits of the SHA-1 rows")
@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_published_codes_are_found(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert find_step(SECRET, code, at) == seconds // STEP


@pytest.mark.documented("RFC 6238, 5.2: one step either way, no more")
def test_a_neighbouring_step_counts_and_no_other() -> None:
    at = datetime.fromtimestamp(1111111109, UTC)
    step = 1111111109 // STEP
    for away in (-1, 0, 1):
        assert find_step(SECRET, "081804", at + away * timedelta(seconds=STEP)) == step
    for away in (-2, 2):
        assert find_step(SECRET, "081804", at + away * timedelta(seconds=STEP)) is None


@pytest.mark.inferred("nothing but six digits of ASCII is a code")
@pytest.mark.parametrize("code", ["", "08180", "0818044", "08180a", "٠٨١٨٠٤", "081 804", "\0"])
def test_what_is_no_code(code: str) -> None:
    assert find_step(SECRET, code, datetime.fromtimestamp(1111111109, UTC)) is None


@pytest.mark.documented("RFC 4226, R6: 160 bits")
def test_secrets_are_long_and_told_for_apps() -> None:
    secret = make_totp_secret()
    assert len(secret) == 20
    assert secret != make_totp_secret()
    assert write_secret(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    uri = urlsplit(write_uri(SECRET, "ada@small.example"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert parse_qs(uri.query)["secret"] == [write_secret(SECRET).replace(" ", "")]


@pytest.mark.inferred("a code on paper is typed as it comes, and is one person's")
def test_recovery_codes_are_many_and_typed_freely() -> None:
    codes = make_recovery_codes()
    assert len(set(codes)) == HOW_MANY
    assert all(len(code.replace("-", "")) == 12 for code in codes)
    mark = mark_recovery_code(MARKS, "ada", codes[0])
    assert mark == mark_recovery_code(MARKS, "ada", codes[0].lower().replace("-", " "))
    assert mark != mark_recovery_code(MARKS, "bea", codes[0])
    assert mark != mark_recovery_code(MARKS, "ada", codes[1])
