"""Secrets of sign-ins, and the marks by which alone they are kept."""

import pytest

from timebound.domain.ids import TenantId
from timebound.identity.flows.marks import (
    Marks,
    make_secret,
    make_ticket,
    make_typed_code,
    read_ticket,
    read_typed_code,
)

MARKS = Marks(b"k" * 32)


@pytest.mark.inferred("a database that is read gives nobody a session or a token")
def test_a_mark_is_of_one_kind_of_one_secret_under_one_key() -> None:
    mark = MARKS.mark("code", "secret")
    assert MARKS.is_mark(mark, "code", "secret")
    assert not MARKS.is_mark(mark, "refresh", "secret")
    assert not MARKS.is_mark(mark, "code", "secrets")
    assert not MARKS.is_mark("\udcff", "code", "secret")
    assert Marks(b"l" * 32).mark("code", "secret") != mark
    assert "secret" not in mark


@pytest.mark.inferred("parts that are joined must not be read as other parts")
def test_parts_are_told_apart() -> None:
    assert MARKS.mark("code", "ab", "c") != MARKS.mark("code", "a", "bc")


@pytest.mark.documented("RFC 6749, 10.10: at least 128 bits that nobody can foresee")
def test_secrets_are_long_and_differ() -> None:
    secrets = {make_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(one) >= 43 for one in secrets)


@pytest.mark.documented("RFC 8628, 6.1: few letters, no vowels, whatever case and dashes")
def test_typed_codes_are_read_however_they_are_typed() -> None:
    code = make_typed_code()
    assert len(code) == 9
    assert not set(code) & set("AEIOUY0123456789")
    assert read_typed_code(f" {code[:4].lower()}-{code[4:]} ") == code


@pytest.mark.inferred("a token endpoint of several tenants has to know whose a code is")
def test_a_ticket_names_its_tenant() -> None:
    ticket, secret = make_ticket(TenantId("t-1"))
    assert read_ticket(ticket) == ("t-1", secret)
    assert read_ticket("nothing") == ("nothing", "")
