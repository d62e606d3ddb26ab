import pytest

from timebound.dialects.graph.identifiers import HeldId, format_held_id, parse_held_id
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind


def slot(role: str, principal: str, scope: str = "/") -> Slot:
    path = DIRECTORY_ROOT if scope == "/" else Scope(ScopeKind.DIRECTORY, scope)
    return Slot(PrincipalId(principal), RoleId(role), path)


PUBLISHED = {
    "an eligibility in the tenant": (
        "8MYkhImhnkm70CbBdTyW1BbHHAdHgZdDpbqyEFlRzAs-1-e",
        slot("8424c6f0-a189-499e-bbd0-26c1753c96d4", "071cc716-8147-4397-a5ba-b2105951cc0b"),
    ),
    "an assignment made past PIM": (
        "lAPpYvVpN0KRkAEhdxReEAWz5Gtet_xOv8wxvTtTpfg-1",
        slot("62e90394-69f5-4237-9190-012177145e10", "6be4b305-b75e-4efc-bfcc-31bd3b53a5f8"),
    ),
    "an eligibility in an administrative unit": (
        "UafX_Qu2SkSYTAJlL-j6HCssmvzcHW1IohFf6Mp3-h9xbmLcN0jrQL5KvCnYihF4-2-e",
        slot(
            "fdd7a751-b60b-444a-984c-02652fe8fa1c",
            "fc9a2c2b-1ddc-486d-a211-5fe8ca77fa1f",
            "/administrativeUnits/dc626e71-4837-40eb-be4a-bc29d88a1178",
        ),
    ),
    "an assignment over one object": (
        "kl2Jm9Msx0SdAqasLV6lw516k2sxx1tGqEQtW1NowWEQEx5mdr2VR4mnjzyPhVv8-1",
        slot(
            "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
            "6b937a9d-c731-465b-a844-2d5b5368c161",
            "/661e1310-bd76-4795-89a7-8f3c8f855bfc",
        ),
    ),
    "the eligibility of a group": (
        "5wuT_mJe20eRr5jDpJo4sXbfd22VX0BOmpL501774kM-1-e",
        slot("fe930be7-5e62-47db-91af-98c3a49a38b1", "6d77df76-5f95-4e40-9a92-f9d35efbe243"),
    ),
}


@pytest.mark.documented("examples of role assignments and schedule instances, v1.0 and beta")
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_ids_are_computed_from_role_principal_and_scope(name: str) -> None:
    published, held = PUBLISHED[name]

    assert format_held_id(held, is_eligible=published.endswith("-e")) == published


@pytest.mark.documented("examples of role assignments and schedule instances, v1.0 and beta")
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_ids_are_taken_apart(name: str) -> None:
    published, held = PUBLISHED[name]

    assert parse_held_id(published) == HeldId(held, is_eligible=published.endswith("-e"))


NO_IDS = {
    "nothing": "",
    "a GUID": "071cc716-8147-4397-a5ba-b2105951cc0b",
    "no ending": "8MYkhImhnkm70CbBdTyW1BbHHAdHgZdDpbqyEFlRzAs",
    "an unknown level": "8MYkhImhnkm70CbBdTyW1BbHHAdHgZdDpbqyEFlRzAs-3",
    "a unit that is not named": "8MYkhImhnkm70CbBdTyW1BbHHAdHgZdDpbqyEFlRzAs-2",
    "too short": "8MYkhImhnkm70CbBdTyW1BbHHAdHgZdDpbqyEFlRzA-1",
    "between two and three GUIDs": "8MYkhImhnkm70CbBdTyW1BbHHAdHgZdDpbqyEFlRzAsAAAAA-1",
    "another alphabet": "8MYkhImhnkm70CbBdTyW1BbHHAdHgZdDpbqyEFlRz+s-1",
    "unused bits set": "8MYkhImhnkm70CbBdTyW1BbHHAdHgZdDpbqyEFlRzAt-1",
    "a newline behind": "8MYkhImhnkm70CbBdTyW1BbHHAdHgZdDpbqyEFlRzAs-1\n",
}


@pytest.mark.inferred("only the spelling that is given out names anything")
@pytest.mark.parametrize("name", NO_IDS)
def test_what_is_no_computed_id_names_nothing(name: str) -> None:
    assert parse_held_id(NO_IDS[name]) is None
