"""Families from before they had parents and ends of their sign-in, after the migration."""

import pytest

from tests.storage.test_word_migration import TENANT, run
from timebound.storage.migrating import migrate

_FAMILY = (
    "INSERT INTO token_families (tenant_id, id, application_id, user_id, methods, proof,"
    " session_id, signed_in_at, is_revoked, ends_at) VALUES ('t', '{id}', 'a', 'u', 'pwd', 'p',"
    " 's', '2030-02-20T12:00:00.250000Z', {revoked}, '{end}')"
)
_LATE, _AT_MOST = "2030-08-18T12:00:00.500000Z", "2030-05-21T12:00:00.250000Z"
_PAGE = "2030-02-21T12:00:00.500000Z"


@pytest.mark.inferred("an upgrade leaves nothing longer than the sign-in that it rests on")
def test_what_began_late_ends_with_its_sign_in(empty_url: str) -> None:
    migrate(empty_url, "0018")
    run(
        empty_url,
        TENANT,
        _FAMILY.format(id="late", revoked="false", end=_LATE),
        _FAMILY.format(id="page", revoked="true", end=_PAGE),
    )
    migrate(empty_url)
    # Compared by the database, since each writes instants in its own way.
    ends = "SELECT id, user_id FROM token_families WHERE ends_at = '{}' AND parent_id IS NULL"
    assert run(empty_url, ends.format(_AT_MOST)) == [("late", "u")]
    assert run(empty_url, ends.format(_PAGE)) == [("page", "u")]
    migrate(empty_url, "0018")
    assert len(run(empty_url, "SELECT id, ends_at FROM token_families")) == 2
