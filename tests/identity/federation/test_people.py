"""What is read of a token about who somebody is: a name, if it is certain, and little else."""

from typing import Any

import pytest

from tests.identity.outgoing.issuers import ISSUER
from timebound.application.strangers import Arrival
from timebound.domain.ids import TenantId
from timebound.domain.strangers import Stranger, Voucher
from timebound.identity.federation.people import read_arrival
from timebound.identity.federation_rules import PeopleRules
from timebound.identity.outgoing.verifying import Foreign, ForeignClaims

RULES = PeopleRules(
    match="email",
    domains=frozenset({"small.example"}),
    is_creating=True,
    links={"s-boss": "boss@small.example"},
)
GOOD = {"email": "Ann@Small.Example", "email_verified": True, "name": "Ann"}
pytestmark = pytest.mark.documented("OpenID Connect Core, 5.1 and 5.7")


def read(
    rules: PeopleRules = RULES, signed_in: str | None = None, sub: str = "s1", **changes: object
) -> Arrival:
    claims = ForeignClaims(iss=ISSUER, sub=sub, aud="a", exp=1)
    said = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return read_arrival(TenantId("t"), rules, Foreign(claims, said), signed_in)


def test_a_verified_name_is_taken_as_it_is_written() -> None:
    arrival = read()
    assert arrival.stranger == Stranger(ISSUER, "s1")
    assert (arrival.name, arrival.display_name) == ("Ann@Small.Example", "Ann")
    assert arrival.mail == "Ann@Small.Example"
    assert arrival.voucher == Voucher(is_certain=False, is_creating=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"email": None},
        {"email": ""},
        {"email": 5},
        {"email": "ann"},
        {"email": "small.example@"},
        {"email": "ann@other.example"},
        {"email": "ann@small.example.other"},
        {"email": "ann@evil.small.example"},
        {"email": "a\0nn@small.example"},
        {"email": "ann@small.example\n"},
        {"email": "mi\u212ae@small.example"},
        {"email": "a" * 256 + "@small.example"},
        {"email_verified": None},
        {"email_verified": False},
        {"email_verified": 1},
        {"email_verified": "True"},
        {"email_verified": [True]},
    ],
)
def test_a_name_that_is_not_certain_is_none(changes: dict[str, Any]) -> None:
    assert read(**changes).name is None


def test_where_nothing_matches_nothing_is_read() -> None:
    assert read(PeopleRules()).name is None
    assert read(PeopleRules(match="email")).name is None


@pytest.mark.parametrize("name", [None, "", 5, "A\0", "A\u2028", "A" * 257, ["A"]])
def test_what_is_shown_is_plain_text(name: object) -> None:
    assert read(name=name).display_name == ""


def test_an_address_that_is_not_verified_is_not_kept() -> None:
    rules = PeopleRules(match="upn", verified_by=None, domains=frozenset({"small.example"}))
    arrival = read(rules, upn="ann@small.example", email_verified=False)
    assert (arrival.name, arrival.mail) == ("ann@small.example", None)


def test_whom_the_operator_wrote_down_is_certain_and_never_made() -> None:
    arrival = read(sub="s-boss")
    assert arrival.name == "boss@small.example"
    assert arrival.voucher == Voucher(is_certain=True, is_creating=False)


def test_whoever_is_signed_in_here_is_certain_to_be_themselves_alone() -> None:
    assert read(signed_in="ANN@small.example").voucher.is_certain
    assert not read(signed_in="bob@small.example").voucher.is_certain
    assert not read(signed_in="ann@small.example", email_verified=False).voucher.is_certain
