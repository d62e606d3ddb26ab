"""What PIM records of memberships and ownerships has the names that are published for groups."""

import pytest

from tests.application.audit_stories import CAUSED, in_group
from tests.application.published_activities import PUBLISHED
from tests.support.builders import GROUP, PERSON
from timebound.domain.audit import audit_records
from timebound.domain.audit.records import AuditRecord, Category, Service, TargetType
from timebound.domain.roles import MEMBER

OF_ROLES_ALONE = {
    # In a group it is called "Cancel request".
    "Add eligible member to role in PIM canceled (permanent)",
    # Past PIM the directory tells alone of who joined a group.
    "Add member to role outside of PIM (permanent)",
}
OF_PEOPLE = CAUSED.keys() - OF_ROLES_ALONE - {"Update role setting in PIM"}


async def tell(name: str) -> list[AuditRecord]:
    """What the services record where a story happens in a group."""
    events = await in_group(CAUSED[name])()
    return [record for event in events for record in audit_records(event)]


@pytest.mark.documented("AUDITREF: names and the categories that they are published in")
@pytest.mark.parametrize("name", CAUSED)
async def test_every_deed_in_a_group_has_a_name_that_is_published_for_groups(name: str) -> None:
    records = [one for one in await tell(name) if one.activity.service is Service.PIM]
    names = [one.activity.name for one in records]

    assert (name in names) is (name not in OF_ROLES_ALONE)
    for one in records:
        assert "GroupManagement" in PUBLISHED[one.activity.name]
        assert one.activity.category is Category.GROUPS


@pytest.mark.observed("scripts that follow PIM for groups read the person third, the group fourth")
@pytest.mark.parametrize("name", sorted(OF_PEOPLE))
async def test_the_person_is_third_and_the_group_fourth(name: str) -> None:
    (record,) = [one for one in await tell(name) if one.activity.name == name]

    assert record.targets[0].id == MEMBER
    assert [(one.type, one.id) for one in record.targets[2:4]] == [
        (TargetType.PRINCIPAL, PERSON),
        (TargetType.GROUP, GROUP),
    ]
