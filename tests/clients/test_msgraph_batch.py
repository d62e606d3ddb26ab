"""The batch client of Microsoft's Python SDK, unmodified, over HTTPS.

Its models take a body for text in base64 and lose one that is JSON, so statuses and headers are all
that it tells of an answer; what was written is read by calls of their own.
"""

from typing import Any
from urllib.request import Request

import pytest
from kiota_abstractions.api_error import APIError
from msgraph.generated.models.expiration_pattern import ExpirationPattern
from msgraph.generated.models.expiration_pattern_type import ExpirationPatternType
from msgraph.generated.models.request_schedule import RequestSchedule
from msgraph.generated.models.unified_role_eligibility_schedule_request import (
    UnifiedRoleEligibilityScheduleRequest,
)
from msgraph.generated.models.unified_role_schedule_request_actions import (
    UnifiedRoleScheduleRequestActions as Actions,
)
from msgraph_core.requests.batch_request_content import (  # type: ignore[import-untyped]  # it ships no types
    BatchRequestContent,
)
from msgraph_core.requests.batch_request_content_collection import (  # type: ignore[import-untyped]  # it ships no types
    BatchRequestContentCollection,
)
from msgraph_core.requests.batch_request_item import (  # type: ignore[import-untyped]  # it ships no types
    BatchRequestItem,
)

from tests.clients.desk import Desk

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    # The SDK warns about itself while its own builders are loaded.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

READER = "5d6b6bb7-de71-4623-b4af-96380a352509"


def eligibility(desk: Desk, name: str) -> UnifiedRoleEligibilityScheduleRequest:
    endless = ExpirationPattern(type=ExpirationPatternType.NoExpiration)
    return UnifiedRoleEligibilityScheduleRequest(
        action=Actions.AdminAssign,
        principal_id=desk.person(name)["id"],
        role_definition_id=READER,
        directory_scope_id="/",
        justification="on call",
        schedule_info=RequestSchedule(expiration=endless),
    )


@pytest.mark.observed("msgraph-core 1.5.2: absolute URLs, `depends_on`")
async def test_the_sdk_reads_and_writes_in_one_call(desk: Desk) -> None:
    admin = desk.as_application()
    directory = admin.role_management.directory
    requests = directory.role_eligibility_schedule_requests
    role = BatchRequestItem(
        directory.role_definitions.by_unified_role_definition_id(
            READER
        ).to_get_request_information()
    )
    nora = BatchRequestItem(
        admin.users.by_user_id(
            desk.person("nora")["userPrincipalName"]
        ).to_get_request_information()
    )
    made = BatchRequestItem(requests.to_post_request_information(eligibility(desk, "nora")))
    again = BatchRequestItem(
        requests.to_post_request_information(eligibility(desk, "nora")), depends_on=[made]
    )
    late = BatchRequestItem(requests.to_get_request_information(), depends_on=[again])

    items = [role, nora, made, again, late]
    answer = await admin.batch.post(BatchRequestContent({one.id: one for one in items}))

    statuses = answer.get_response_status_codes()
    assert [statuses[one.id] for one in items] == [200, 200, 201, 400, 424]
    assert answer.get_response_by_id(made.id).content_type.startswith("application/json")
    written = await requests.get()
    about = [one.status for one in written.value if one.principal_id == desk.person("nora")["id"]]
    assert about == ["Provisioned"]


@pytest.mark.observed("msgraph-core 1.5.2: a request of urllib, whose URL may be relative")
async def test_the_sdk_sends_relative_urls(desk: Desk) -> None:
    nora = desk.as_person("nora")
    item = BatchRequestItem.create_with_urllib_request(request_of(nora, "me"), "first")
    item.set_url("/me?$select=id,displayName")
    other = BatchRequestItem.create_with_urllib_request(
        request_of(nora, "users/me-token-to-replace"), "second", ["first"]
    )

    answer = await nora.batch.post(BatchRequestContent({"first": item, "second": other}))

    assert answer.get_response_status_codes() == {"first": 200, "second": 200}


@pytest.mark.observed("msgraph-core 1.5.2: more than twenty go out in several batches")
async def test_the_sdk_splits_what_is_too_much(desk: Desk) -> None:
    nora = desk.as_person("nora")
    collection = BatchRequestContentCollection()
    for number in range(25):
        item = BatchRequestItem(nora.me.to_get_request_information(), id=str(number))
        collection.add_batch_request_item(item)

    answer = await nora.batch.post(collection)

    told = [one.get_response_status_codes() for one in answer.get_responses()]
    assert [len(one) for one in told] == [20, 5]
    assert {status for one in told for status in one.values()} == {200}


@pytest.mark.documented("Graph docs, JSON batching: a malformed batch is refused as a whole")
async def test_the_sdk_is_told_what_is_wrong_with_a_batch(desk: Desk) -> None:
    nora = desk.as_person("nora")

    with pytest.raises(APIError) as caught:
        await nora.batch.post(BatchRequestContent({}))

    assert caught.value.response_status_code == 400


def request_of(client: Any, path: str) -> Request:  # noqa: ANN401 - a generated client
    url = f"{client.request_adapter.base_url}/{path}"
    return Request(url)  # noqa: S310 - it is never opened
