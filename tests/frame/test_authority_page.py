"""docs/authority.md tells what the table of requirements says."""

from timebound.domain.requirements import REQUIREMENTS, Operation
from tools.authority import PAGE, write_page


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == write_page(), "run `make docs`"


def test_every_operation_has_a_row() -> None:
    lines = write_page().splitlines()
    for operation in Operation:
        rows = [line for line in lines if line.startswith(f"| `{operation.value}` |")]
        assert len(rows) == 1
        by_roles = REQUIREMENTS[operation].action is None
        assert rows[0].count(" | ") == (6 if by_roles else 1)
