"""Whatever is sent to be written to the directory, it is answered and never with a fault."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dialects.graph.office import (
    BERLIN,
    GRACE,
    HANA,
    NORA,
    PLAIN_GROUP,
    ROBOT,
    TIER2,
    Office,
    make_office,
    open_office,
)
from tests.dialects.graph.writing import GRAPH, a_group, a_user, desk, permit_everything
from timebound.dialects.graph.directory_writes.bodies import (
    AdministrativeUnit,
    Application,
    Group,
    ServicePrincipal,
    User,
)
from timebound.dialects.graph.directory_writes.rows import WRITES
from timebound.storage.sqlite import SqliteStore

NAMES = st.sampled_from(
    sorted(
        {
            field
            for body in (User, Group, AdministrativeUnit, Application, ServicePrincipal)
            for field in body.__struct_encode_fields__
        }
        | {
            "@odata.id",
            "appRoleId",
            "clientId",
            "consentType",
            "currentPassword",
            "endDateTime",
            "keyId",
            "newPassword",
            "password",
            "passwordCredential",
            "principalId",
            "redirectUris",
            "resourceId",
            "scope",
            "startDateTime",
        }
    )
)
IDS = (BERLIN, HANA, NORA, PLAIN_GROUP, ROBOT, TIER2)
"""Not the caller: whoever is deleted is answered nothing more."""
WORDS = st.sampled_from(
    [
        *IDS,
        GRAPH,
        *(f"https://graph.test/v1.0/directoryObjects/{id_}" for id_ in IDS),
        "AllPrincipals",
        "User.Read Directory.Read.All",
        "DynamicMembership",
        "9999-12-31T23:59:59.9999999Z",
        "0001-01-01T00:00:00+14:00",
        "ada@office.example",
        "a@b@office.example",
        "Correct-Horse-7",
        "\N{SNOWMAN}",
        "\0",
        "\ud800",
        "",
    ]
)
SCALARS = WORDS | st.text(max_size=20) | st.booleans() | st.none() | st.integers()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
BODIES = st.dictionaries(NAMES, VALUES, max_size=8) | VALUES
MADE = st.sampled_from([a_user(), a_group(), {"displayName": "X"}, {"appId": GRAPH}])
KEYS = st.sampled_from([*IDS, "ada@office.example", "x", "\0@y", "\N{SNOWMAN}@z", "'"])
ROWS = st.sampled_from([row for row in WRITES if row.method != "GET"])


@pytest.fixture(scope="module")
def lasting(
    empty_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[asyncio.Runner, Office, str]]:
    """An office that lasts for many calls, the loop it lives in, and who calls."""
    path = tmp_path_factory.mktemp("lasting") / "office.db"
    shutil.copy(empty_file, path)
    store = SqliteStore(path)
    with asyncio.Runner() as runner:
        runner.run(store.open())
        runner.run(make_office(store))
        office = open_office(store)
        runner.run(permit_everything(office))
        yield runner, office, desk(office, GRACE)
        runner.run(store.close())


@pytest.mark.inferred("bad input is refused, never a fault")
@settings(
    max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_no_write_makes_the_door_fail(
    lasting: tuple[asyncio.Runner, Office, str], data: st.DataObject
) -> None:
    runner, office, who = lasting
    row = data.draw(ROWS)
    keys = data.draw(st.lists(KEYS, min_size=2, max_size=2))
    body = data.draw(BODIES)
    if isinstance(body, dict):
        body = {**data.draw(MADE), **body} if data.draw(st.booleans()) else body
    path = row.path
    for key in keys:
        path = path.replace("{id}", quote(key, safe=""), 1)

    response = runner.run(send(office, row.method, who, f"/beta/{path}", body))

    assert response < 500


async def send(office: Office, method: str, who: str, path: str, body: object) -> int:
    """The status of a call; what cannot be written as JSON is left out."""
    try:
        answer = await {
            "POST": lambda: office.post(who, path, body),
            "PATCH": lambda: office.patch(who, path, body),
            "DELETE": lambda: office.delete(who, path),
        }[method]()
    except UnicodeEncodeError:
        return 400
    return answer.status_code
