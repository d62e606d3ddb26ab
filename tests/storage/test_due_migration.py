"""What was granted and asked before there was due work falls due after the migration."""

import pytest

from tests.storage.test_word_migration import TENANT, run
from timebound.storage.migrating import migrate

_GRANT = (
    "INSERT INTO grants (tenant_id, id, principal_id, role_id, scope_kind, scope, kind, created_at,"
    " request_id, start_at, end_at, until_at, ended_at) VALUES ('t', '{id}', '{id}', 'r',"
    " 'directory', '/', '{kind}', '2030-03-01T12:00:00.000000Z', 'q', '{start}T12:00:00.000000Z',"
    " '{end}', '{until}', {ended})"
)
_EVENT = (
    "INSERT INTO events (tenant_id, id, kind, effective_at, recorded_at, correlation_id,"
    " subject_id, data, digest) VALUES ('t', '{id}', 'grantEnded', '{effective}',"
    " '2030-03-01T13:00:00.000000Z', 'c', '{id}', '{{}}', 'd')"
)
_FAR = "9999-12-31T23:59:59.999999Z"
_NOW, _LATER = "2030-03-01T13:00:00.000000Z", "2030-03-01T14:00:00.000000Z"
_MAY = "2030-05-31T00:00:00.500000Z"


def _grant(id_: str, kind: str, start: str, end: str, ended: str | None = None) -> str:
    return _GRANT.format(
        id=id_,
        kind=kind,
        start=f"2030-{start}",
        end=end,
        until=ended or end,
        ended=f"'{ended}'" if ended else "NULL",
    )


@pytest.mark.inferred("an upgrade loses no start and no end")
def test_what_was_there_before_falls_due(empty_url: str) -> None:
    migrate(empty_url, "0014")
    run(
        empty_url,
        TENANT,
        _grant("endless", "eligible", "03-01", _FAR),
        _grant("endless-later", "assigned", "06-01", _FAR),
        _grant("bounded", "eligible", "03-01", _MAY),
        _grant("activated", "activated", "03-01", _LATER),
        _grant("ended", "activated", "03-01", _LATER, _NOW),
        _EVENT.format(id="ended", effective=_NOW),
        _grant("cut", "activated", "03-01", _MAY, _LATER),
        _EVENT.format(id="cut", effective=_LATER),
    )
    migrate(empty_url)
    due = "SELECT subject_id, kind FROM due_work ORDER BY subject_id, kind"
    assert run(empty_url, due) == [
        ("activated", "grantEnds"),
        ("bounded", "endsInADay"),
        ("bounded", "endsInTwoWeeks"),
        ("bounded", "grantEnds"),
        ("cut", "grantEnds"),
        ("endless-later", "grantStarts"),
    ]
