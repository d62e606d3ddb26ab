"""The table of published examples is one, whichever files it is written in."""

import pytest

from tests.examples.table import Example, Step, Table, load_table, merge

GET = Example("one:1", "gail", "GET /v1.0/me", 200)


def test_tables_are_put_together() -> None:
    first = Table({"story": (Step("gail", "GET /v1.0/me"),)}, {}, (GET,))
    second = Table({}, {"shape": "{}"}, (GET,))
    assert merge([first, second]) == Table(first.stories, second.shapes, (GET, GET))


@pytest.mark.parametrize("table", [Table({"name": ()}), Table(shapes={"name": "{}"})])
def test_of_one_name_there_is_one_story_and_one_shape(table: Table) -> None:
    with pytest.raises(ValueError, match="name"):
        merge([table, table])


def test_every_file_is_read() -> None:
    table = load_table()
    assert {"v1.0:unifiedrolemanagementpolicy-get:1"} <= {one.example for one in table.examples}
