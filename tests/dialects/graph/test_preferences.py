"""What a client would rather have answered to a change."""

import pytest

from tests.dialects.graph.office import GRACE, HANA, ORIGIN, Office
from tests.dialects.graph.writing import desk, permit_everything

GROUP = {
    "displayName": "Preferred",
    "mailNickname": "preferred",
    "mailEnabled": False,
    "securityEnabled": True,
}


async def send(
    office: Office, method: str, path: str, body: object, prefer: str
) -> "tuple[int, dict[str, str], str]":
    key = desk(await permit_everything(office), GRACE)
    headers = {"authorization": f"Bearer {key}", "prefer": prefer}
    response = await office.client.request(method, path, json=body, headers=headers)
    return response.status_code, dict(response.headers), response.text


@pytest.mark.documented("OData 4.01, 8.2.8.7: return=representation")
async def test_a_change_is_answered_with_what_it_led_to(office: Office) -> None:
    status, headers, text = await send(
        office, "PATCH", f"/v1.0/users/{HANA}", {"jobTitle": "Chief"}, "return=representation"
    )

    assert (status, headers["preference-applied"]) == (200, "return=representation")
    assert '"jobTitle":"Chief"' in text


@pytest.mark.documented("OData 4.01, 8.2.8.7: return=minimal, and where the entity is")
async def test_what_is_made_is_told_by_its_place_alone(office: Office) -> None:
    status, headers, text = await send(office, "POST", "/v1.0/groups", GROUP, "return=minimal")

    assert (status, text, headers["preference-applied"]) == (204, "", "return=minimal")
    place = headers["location"]
    assert headers["odata-entityid"] == place
    made = await office.get(desk(office, GRACE), place.removeprefix(ORIGIN))
    assert made.json()["displayName"] == "Preferred"


@pytest.mark.documented("Graph docs: include-unknown-enum-members; OData 4.01, 8.2.8")
@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("include-unknown-enum-members", "include-unknown-enum-members"),
        ("return=representation", "return=representation"),
        (
            "include-unknown-enum-members; return=representation",
            "include-unknown-enum-members, return=representation",
        ),
        ("respond-async", None),
        ("return=nothing", None),
    ],
)
async def test_what_was_applied_is_told(office: Office, prefer: str, applied: str | None) -> None:
    status, headers, _ = await send(office, "POST", "/v1.0/groups", GROUP, prefer)

    assert status == 201
    assert headers.get("preference-applied") == applied


@pytest.mark.inferred("a refusal is a refusal, whatever would have been preferred")
async def test_a_refusal_is_told_in_full(office: Office) -> None:
    status, headers, text = await send(
        office, "PATCH", f"/v1.0/users/{HANA}", {"accountEnabled": "x"}, "return=minimal"
    )

    assert (status, "preference-applied" in headers) == (400, False)
    assert "accountEnabled" in text
