"""Holds every test of the door against the audit log: what was changed by a call is in it."""

from collections import Counter
from http import HTTPStatus
from typing import Final

import httpx

from tests.dialects.graph.office import TENANT, Office
from tests.storage.world import World
from tests.support.sealing import make_signer, read_logged
from timebound.application.auditing import AuditTrail
from timebound.application.queries import Query
from timebound.application.sealing import Sealer
from timebound.domain.audit import audit_records

READING_POSTS: Final = frozenset(
    {
        "checkmembergroups",
        "checkmemberobjects",
        "getbyids",
        "getmembergroups",
        "getmemberobjects",
        "validateproperties",
    }
)
"""What is sent by POST and reads, in lower case."""
_READING: Final = frozenset({"GET", "HEAD"})
_REHEARSED: Final = b"isvalidationonly"


async def check_logged(office: Office) -> None:
    """Finds fewer records than calls that changed something, or were refused for who called."""
    trail = AuditTrail(office.store, Sealer(office.store, make_signer()))
    await trail.catch_up(TENANT, office.clock.now())
    for one in await read_logged(World(office.store, TENANT)):
        # What no records can be made of would be passed without a word.
        audit_records(one.event)
    page = await office.store.read_audits(TENANT, Query(1_000, is_counted=True))
    told = Counter(one.result for one in page.rows)
    tried = [answer for answer in office.answers if is_change(answer.request)]
    changed = [answer.request for answer in tried if answer.is_success]
    refused = [answer.request for answer in tried if answer.status_code == HTTPStatus.FORBIDDEN]
    assert page.total is not None
    if page.total == len(page.rows):
        assert told["success"] >= len(changed), changed
        assert told["failure"] >= len(refused), refused


def is_change(request: httpx.Request) -> bool:
    """Whether something was to be changed for good by a call of its own."""
    name = request.url.path.rstrip("/").rpartition("/")[2].rpartition(".")[2].lower()
    is_rehearsed = _REHEARSED in request.content.lower()
    is_other = name in READING_POSTS or name == "$batch" or is_rehearsed
    return request.method not in _READING and not is_other
