"""Facts in values of our own, for the converters to show."""

from datetime import UTC, datetime, timedelta

from timebound.application.views import GrantRow, MemberType
from timebound.dialects.graph.convert.wording import Version, Wording
from timebound.domain.grants import Basis, Grant, GrantKind, Slot
from timebound.domain.ids import ApplicationId, GrantId, PrincipalId, RequestId, RoleId
from timebound.domain.requests import Action, Author, Draft, Request, RequestKind, Status
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import (
    ENDLESS,
    AskedSchedule,
    Expiration,
    ExpirationType,
    Instant,
    Window,
)

AT = datetime(2031, 3, 4, 8, 15, 0, 125_000, tzinfo=UTC)
SHOWN_AT = "2031-03-04T08:15:00.125Z"
LATER = AT + timedelta(days=1)
SHOWN_LATER = "2031-03-05T08:15:00.125Z"
MIRA = PrincipalId("071cc716-8147-4397-a5ba-b2105951cc0b")
BOSS = PrincipalId("3fbd929d-8c56-4462-851e-0eb9a7b3a2a5")
ROBOT = ApplicationId("0b6a8f52-3c91-4de7-8f20-d415c7a9e3b8")
ROLE = RoleId("8424c6f0-a189-499e-bbd0-26c1753c96d4")
SLOT = Slot(MIRA, ROLE, DIRECTORY_ROOT)
HELD_ID = "8MYkhImhnkm70CbBdTyW1BbHHAdHgZdDpbqyEFlRzAs-1"
REQUEST = RequestId("95c690fb-3eb3-4942-a03f-4524aed6f31e")
FIVE_HOURS = AskedSchedule(
    None, Expiration(ExpirationType.AFTER_DURATION, duration=timedelta(hours=5))
)
SHOWN_FIVE_HOURS = {"type": "afterDuration", "endDateTime": None, "duration": "PT5H"}

V1 = Wording(Version.V1, AT)
BETA = Wording(Version.BETA, AT)


def request(
    action: Action = Action.ADMIN_ASSIGN,
    status: Status = Status.PROVISIONED,
    schedule: AskedSchedule | None = FIVE_HOURS,
    **changes: object,
) -> Request:
    draft = Draft(RequestKind.ASSIGNMENT, action, SLOT, schedule, justification="why")
    facts: dict[str, object] = {
        "id": REQUEST,
        "draft": draft,
        "author": Author(BOSS, ROBOT, "The boss"),
        "status": status,
        "created_at": AT,
        "completed_at": AT,
        "starts_at": AT,
        **changes,
    }
    return Request(**facts)  # type: ignore[arg-type]  # what a test changes has the field's type


def row(
    kind: GrantKind = GrantKind.ASSIGNED,
    end: Instant = ENDLESS,
    start: Instant = AT,
    request_id: RequestId | None = REQUEST,
    basis: Basis | None = None,
) -> GrantRow:
    grant = Grant(GrantId(REQUEST), SLOT, kind, Window(start, end), AT, request_id, basis)
    return GrantRow(grant, MIRA, MemberType.DIRECT)
