"""Use cases about role definitions: what is written and told, and what a refusal leaves behind."""

from dataclasses import replace

import pytest

from tests.application.ledger import VERSIONS, Ledger, make_engine
from tests.support.builders import BOSS, NOON, STRANGER, make_boss, make_caller
from timebound.application.changes import PurgeRole, PutRole, role_key, roles_key
from timebound.application.roles import (
    change_role,
    create_role,
    delete_role,
    purge_role,
    restore_role,
)
from timebound.domain.decide import Refused
from timebound.domain.events import EventKind
from timebound.domain.ids import RoleId
from timebound.domain.role_changes import RoleChange, RoleFacts
from timebound.domain.roles import Role, RoleDefinition
from timebound.domain.scopes import ScopeKind

DIRECTORY = ScopeKind.DIRECTORY
ID = RoleId("support")
ACTION = "microsoft.directory/applications/basic/update"
CUSTOM = RoleDefinition(
    Role(ID, DIRECTORY, "Support", is_built_in=False), "Helps", ID, version=None, actions=(ACTION,)
)
TOKEN = make_boss().token


def ledger(definition: RoleDefinition | None = None) -> Ledger:
    return Ledger(role_facts=RoleFacts(make_boss(), definition))


@pytest.mark.documented("DESIGN: nothing changes unlogged")
async def test_a_role_is_made_with_its_event() -> None:
    book = ledger()
    assert await create_role(make_engine(book), TOKEN, CUSTOM, NOON) == CUSTOM
    assert book.change.writes == (PutRole(CUSTOM),)
    assert book.change.expects == VERSIONS
    assert book.change.bumps == {role_key(ID), roles_key(DIRECTORY)}
    (event,) = book.events
    assert (event.kind, event.subject_id, event.actor.user_id) == (
        EventKind.ROLE_CHANGED,
        ID,
        BOSS,
    )
    assert event.data == {
        "deed": "created",
        "scopeKind": "directory",
        "displayName": "Support",
        "isEnabled": True,
        "actions": (ACTION,),
    }


@pytest.mark.documented("DESIGN: refusals are facts")
async def test_a_refusal_is_told_and_writes_nothing() -> None:
    book = Ledger(role_facts=RoleFacts(make_caller(STRANGER)))
    token = make_caller(STRANGER).token
    refused = await create_role(make_engine(book), token, CUSTOM, NOON)
    assert isinstance(refused, Refused)
    assert (book.change.writes, book.change.expects) == ((), {})
    (event,) = book.events
    assert (event.kind, event.data["displayName"]) == (EventKind.CHANGE_REFUSED, "Support")
    assert "accessDenied" in str(event.data["problems"])


@pytest.mark.inferred("a change is asked anew of what somebody else has made of it meanwhile")
async def test_a_change_is_made_of_what_is_there() -> None:
    book = ledger(CUSTOM)

    def rename(seen: Ledger) -> None:
        renamed = replace(CUSTOM, role=replace(CUSTOM.role, name="Renamed"))
        seen.role_facts = RoleFacts(make_boss(), renamed)

    book.intervenes.append(rename)
    change = RoleChange(description="Reads")
    changed = await change_role(make_engine(book), TOKEN, (DIRECTORY, ID), change, NOON)
    assert isinstance(changed, RoleDefinition)
    assert (changed.role.name, changed.description) == ("Renamed", "Reads")
    assert book.change.writes == (PutRole(changed),)


@pytest.mark.documented("directory deletedItems: roles of the directory are kept, others are not")
async def test_a_deleted_role_is_kept_or_not() -> None:
    book = ledger(CUSTOM)
    deleted = await delete_role(make_engine(book), TOKEN, (DIRECTORY, ID), NOON)
    assert deleted == replace(CUSTOM, deleted_at=NOON)
    assert book.change.writes == (PutRole(replace(CUSTOM, deleted_at=NOON)),)
    gone = ledger(replace(CUSTOM, deleted_at=NOON))
    assert isinstance(await purge_role(make_engine(gone), TOKEN, ID, NOON), RoleDefinition)
    assert gone.change.writes == (PurgeRole(ID),)
    back = ledger(replace(CUSTOM, deleted_at=NOON))
    assert await restore_role(make_engine(back), TOKEN, ID, NOON) == CUSTOM
    assert [event.data["deed"] for book in (gone, back) for event in book.events] == [
        "purged",
        "restored",
    ]
