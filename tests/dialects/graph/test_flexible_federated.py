"""Federated credentials with an expression in the place of the subject, which beta alone has."""

from pathlib import Path
from typing import Any

import pytest

from tests.dialects.graph.office import TENANT, Office
from tests.dialects.graph.test_write_federated import MAIN, TAKEN, furnish, put
from tests.dialects.graph.test_write_programs import BAD
from tests.dialects.graph.writing import code_of
from tests.support.events import read_events
from timebound.domain.events import EventKind

pytestmark = pytest.mark.documented("Flexible federated identity credentials; beta")
GITHUB = "https://token.actions.githubusercontent.com"
ANY_BRANCH = "claims['sub'] matches 'repo:octo/cat:ref:refs/heads/*'"


def flexible(value: str = ANY_BRANCH, **changes: object) -> dict[str, Any]:
    """A credential for all workloads that an expression is about."""
    kept = {name: value for name, value in MAIN.items() if name != "subject"}
    expression = {"value": value, "languageVersion": 1}
    return {**kept, "issuer": GITHUB, "claimsMatchingExpression": expression, **changes}


async def test_an_expression_stands_in_the_place_of_the_subject(office: Office) -> None:
    grace, _, v1 = await furnish(office)
    path = v1.replace("v1.0", "beta")
    made = await office.post(grace, path, flexible())
    assert made.status_code == 201, made.text
    told = {**flexible(), "subject": None, "description": None}
    shown = made.json()
    assert {name: shown[name] for name in told} == told
    [listed] = (await office.get(grace, path)).json()["value"]
    assert {name: listed[name] for name in told} == told
    asked = f"{path}?$select=name,claimsMatchingExpression"
    [selected] = (await office.get(grace, asked)).json()["value"]
    assert selected["claimsMatchingExpression"] == told["claimsMatchingExpression"]
    [plain] = (await office.get(grace, f"{v1}?$select=name,issuer")).json()["value"]
    assert "claimsMatchingExpression" not in plain
    refused = await office.get(grace, f"{v1}?$select=claimsMatchingExpression")
    assert refused.status_code == 400


async def test_it_is_changed_to_a_subject_and_back(office: Office) -> None:
    grace, _, v1 = await furnish(office)
    path = v1.replace("v1.0", "beta")
    assert (await office.post(grace, path, flexible())).status_code == 201
    one = f"{path}/main-branch"
    to_subject = {"subject": "s", "claimsMatchingExpression": None}
    assert (await office.patch(grace, one, to_subject)).status_code == 204
    assert (await office.get(grace, one)).json()["claimsMatchingExpression"] is None
    back = {"subject": None, **flexible(name="main-branch")}
    assert (await put(office, path, "main-branch", back)).status_code == 204
    assert (await office.get(grace, one)).json()["subject"] is None
    assert code_of(await office.patch(grace, one, {"subject": "s"})) == BAD
    assert code_of(await office.patch(grace, one, {"claimsMatchingExpression": None})) == BAD


UNFIT: dict[str, dict[str, Any]] = {
    "a subject as well": flexible(subject="s"),
    "neither": {**flexible(), "claimsMatchingExpression": None},
    "another language": flexible(
        claimsMatchingExpression={"value": ANY_BRANCH, "languageVersion": 2}
    ),
    "no language": flexible(claimsMatchingExpression={"value": ANY_BRANCH}),
    "no expression": flexible(claimsMatchingExpression={"languageVersion": 1}),
    "an expression that is none": flexible("claims['sub'] startsWith 'repo'"),
    "a claim that may not be asked about": flexible("claims['aud'] eq 'x'"),
    "an issuer that expressions are not for": flexible(issuer="https://issuer.example"),
    "a long expression": flexible(f"claims['sub'] eq '{'s' * 600}'"),
    "a text": flexible(claimsMatchingExpression=ANY_BRANCH),
}


@pytest.mark.parametrize("name", UNFIT)
async def test_what_is_not_published_is_refused(office: Office, name: str) -> None:
    grace, _, v1 = await furnish(office)
    path = v1.replace("v1.0", "beta")
    answer = await office.post(grace, path, UNFIT[name])
    assert answer.status_code == 400
    assert ("subject" if name == "neither" else "laimsMatchingExpression") in answer.text
    assert (await office.get(grace, path)).json()["value"] == []


async def test_v1_knows_no_expression(office: Office) -> None:
    grace, _, path = await furnish(office)
    assert code_of(await office.post(grace, path, flexible())) == BAD
    assert (await office.get(grace, path)).json()["value"] == []


async def test_several_expressions_of_an_issuer_stand_beside_each_other(office: Office) -> None:
    grace, _, v1 = await furnish(office)
    path = v1.replace("v1.0", "beta")
    assert (await office.post(grace, path, flexible())).status_code == 201
    other = flexible("claims['sub'] eq 'x'", name="other")
    assert (await office.post(grace, path, other)).status_code == 201
    assert code_of(await office.post(grace, path, flexible(name="again"))) == TAKEN


async def test_the_log_tells_the_expression(office: Office, tmp_path: Path) -> None:
    grace, _, v1 = await furnish(office)
    path = v1.replace("v1.0", "beta")
    assert (await office.post(grace, path, flexible())).status_code == 201
    wider = flexible("claims['sub'] matches 'repo:octo/*'")["claimsMatchingExpression"]
    change = {"claimsMatchingExpression": wider}
    assert (await office.patch(grace, f"{path}/main-branch", change)).status_code == 204
    events = await read_events(f"sqlite:///{tmp_path / 'office.db'}", TENANT)
    told = [
        (one.kind, one.data["claimsMatchingExpression"])
        for one in events
        if one.data.get("claimsMatchingExpression")
    ]
    assert sorted(told, key=str) == sorted(
        [
            (EventKind.SECRET_ADDED, ANY_BRANCH),
            (EventKind.SECRET_REMOVED, ANY_BRANCH),
            (EventKind.SECRET_ADDED, wider["value"]),
        ],
        key=str,
    )
