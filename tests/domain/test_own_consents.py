"""Who may consent to what in front of a browser: a table of people and permissions."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest

from timebound.domain import roles as r
from timebound.domain.authority import Caller, HeldRole, Token
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId, RoleId, TenantId
from timebound.domain.own_consents import (
    decide_consent_for_all,
    decide_own_consent,
    decide_own_withdrawal,
)
from timebound.domain.principal_changes import PrincipalFacts
from timebound.domain.program_changes import Consented
from timebound.domain.scopes import DIRECTORY_ROOT

APP: Final = ApplicationId("app")
ACCOUNT: Final = DirectoryObject(
    PrincipalId("account"),
    ObjectKind.SERVICE_PRINCIPAL,
    "Web",
    datetime(2030, 1, 1, tzinfo=UTC),
    app_id=APP,
)
APPLICATION_ADMINISTRATOR: Final = RoleId("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3")
CLOUD_APPLICATION_ADMINISTRATOR: Final = RoleId("158c047a-c907-4556-b7ef-446551a6b5f7")
NOBODY, HARMLESS, MORE = frozenset[str](), "Mail.Read", "Directory.Read.All"
PRIVILEGED: Final = "RoleManagement.ReadWrite.Directory"
FREE: Final = frozenset({HARMLESS})

pytestmark = pytest.mark.documented(
    "consent framework: user and administrator consent; roles that may consent for everybody"
)


def facts(*role_ids: RoleId, is_enabled: bool = True) -> PrincipalFacts:
    token = Token(TenantId("t"), PrincipalId("ada"), APP, frozenset())
    held = frozenset(HeldRole(one, DIRECTORY_ROOT) for one in role_ids)
    caller = Caller(token, is_enabled, NOBODY, held)
    return PrincipalFacts(caller, ACCOUNT)


FOR_ALL = [
    ((), HARMLESS, True, False),
    ((r.GLOBAL_READER,), HARMLESS, True, False),
    ((APPLICATION_ADMINISTRATOR,), MORE, True, True),
    ((CLOUD_APPLICATION_ADMINISTRATOR,), MORE, True, True),
    ((APPLICATION_ADMINISTRATOR,), PRIVILEGED, True, False),
    ((APPLICATION_ADMINISTRATOR,), MORE, False, False),
    ((CLOUD_APPLICATION_ADMINISTRATOR,), MORE, False, False),
    ((r.PRIVILEGED_ROLE_ADMINISTRATOR,), PRIVILEGED, True, True),
    ((r.PRIVILEGED_ROLE_ADMINISTRATOR,), PRIVILEGED, False, True),
    ((r.GLOBAL_ADMINISTRATOR,), PRIVILEGED, False, True),
]


@pytest.mark.parametrize(("held", "name", "is_delegated", "may"), FOR_ALL)
def test_who_consents_for_everybody(
    held: tuple[RoleId, ...], name: str, *, is_delegated: bool, may: bool
) -> None:
    decision = decide_consent_for_all(
        facts(*held), NOBODY, frozenset({name}), is_delegated=is_delegated
    )
    assert isinstance(decision, Consented) is may


OWN = [
    ((), HARMLESS, True),
    ((), MORE, False),
    ((), PRIVILEGED, False),
    ((APPLICATION_ADMINISTRATOR,), MORE, True),
    ((APPLICATION_ADMINISTRATOR,), PRIVILEGED, False),
    ((r.GLOBAL_ADMINISTRATOR,), PRIVILEGED, True),
]


@pytest.mark.parametrize(("held", "name", "may"), OWN)
def test_who_consents_for_themselves(held: tuple[RoleId, ...], name: str, *, may: bool) -> None:
    decision = decide_own_consent(facts(*held), NOBODY, frozenset({name}), FREE)
    assert isinstance(decision, Consented) is may


def test_what_is_permitted_already_is_not_given_again() -> None:
    names = frozenset({HARMLESS, MORE})
    own = decide_own_consent(facts(), frozenset({MORE}), names, FREE)
    assert own == Consented(APP, frozenset({HARMLESS}), NOBODY)
    admin = facts(r.GLOBAL_ADMINISTRATOR)
    for_all = decide_consent_for_all(admin, frozenset({MORE}), names, is_delegated=True)
    assert for_all == Consented(APP, frozenset({HARMLESS}), NOBODY)


def test_the_disabled_consent_to_nothing_and_for_nobody() -> None:
    disabled = facts(r.GLOBAL_ADMINISTRATOR, is_enabled=False)
    names = frozenset({HARMLESS})
    assert isinstance(decide_own_consent(disabled, NOBODY, names, FREE), Refused)
    assert isinstance(decide_consent_for_all(disabled, NOBODY, names, is_delegated=True), Refused)


def test_an_application_that_is_gone_is_given_nothing() -> None:
    gone = replace(ACCOUNT, deleted_at=datetime(2030, 1, 2, tzinfo=UTC))
    for one in (None, gone, replace(ACCOUNT, app_id=None)):
        given = decide_own_consent(
            replace(facts(), object=one), NOBODY, frozenset({HARMLESS}), FREE
        )
        assert isinstance(given, Refused)


def test_whoever_may_sign_in_takes_back_what_they_gave() -> None:
    held = frozenset({HARMLESS, MORE})
    assert decide_own_withdrawal(facts(), held) == Consented(APP, NOBODY, held)
    assert isinstance(decide_own_withdrawal(facts(is_enabled=False), held), Refused)
    nowhere = replace(facts(), object=None)
    assert isinstance(decide_own_withdrawal(nowhere, held), Refused)
