import json

import msgspec
import pytest

from timebound.dialects.arm.bodies import fold_names, read_body, read_json
from timebound.dialects.arm.refusals import Refusal


class Inner(msgspec.Struct, rename="camel"):
    principal_id: str | None = None
    is_validation_only: bool | None = None
    names: list[str] | None = None


class Outer(msgspec.Struct, rename="camel"):
    properties: Inner | None = None


def refusal_of(body: bytes) -> str:
    with pytest.raises(Refusal) as caught:
        read_body(body, Outer)
    assert (caught.value.error.status, caught.value.error.code) == (400, "InvalidRequestContent")
    return caught.value.error.message


@pytest.mark.observed("clients/contract.md, finding 4: what az-pim-cli sends")
def test_names_of_members_are_taken_in_any_casing_and_unknown_ones_passed_over() -> None:
    body = {"Properties": {"PrincipalId": "7", "IsValidationOnly": True, "Scope": "/", "x": {}}}

    assert read_body(json.dumps(body).encode(), Outer) == Outer(Inner("7", is_validation_only=True))


@pytest.mark.observed("clients that write booleans as texts")
@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False), ("TRUE", True)])
def test_a_boolean_may_be_spelled(text: str, value: bool) -> None:  # noqa: FBT001 - parametrized
    body = json.dumps({"properties": {"isValidationOnly": text}}).encode()

    assert read_body(body, Outer) == Outer(Inner(is_validation_only=value))


@pytest.mark.inferred("only booleans may: a text is a text, whatever it says")
def test_a_text_that_says_true_stays_a_text() -> None:
    body = b'{"properties": {"principalId": "true", "names": ["false"]}}'

    assert read_body(body, Outer) == Outer(Inner("true", names=["false"]))


FAULTS = {
    b'{"properties": {"principalId": 7}}': "'properties.principalId'",
    b'{"properties": {"isValidationOnly": "yes"}}': "'properties.isValidationOnly'",
    b'{"properties": {"names": ["a", 1]}}': "'properties.names[1]'",
    b'{"properties": []}': "'properties'",
    b'{"properties": {"principalId": "a", "PrincipalId": "b"}}': "'properties.principalId'",
    b'{"properties": {"principalId": "a", "principalId": "b"}}': "'principalId'",
    b'{"properties": {"principalId": "a\\u0000"}}': "'properties.principalId'",
    b"[]": "not a JSON object",
    b"": "not JSON",
    b"{": "not JSON",
}


@pytest.mark.documented("InvalidRequestContent; the property is named in the sentence")
@pytest.mark.parametrize("body", FAULTS)
def test_what_cannot_be_read_is_refused_by_name(body: bytes) -> None:
    message = refusal_of(body)

    assert FAULTS[body] in message
    assert message.startswith("The request content was invalid and could not be deserialized: '")


@pytest.mark.inferred("bodies of many types are read as plain objects first")
def test_plain_objects_are_read_and_folded() -> None:
    raw = read_json(b'{"Properties": {"Rules": [{"Id": "A"}]}}')

    assert fold_names(raw) == {"properties": {"rules": [{"id": "A"}]}}
    with pytest.raises(Refusal):
        fold_names({"a": {"Id": 1, "id": 2}})
    with pytest.raises(Refusal):
        read_json(b"nothing")
