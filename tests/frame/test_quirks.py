"""docs/quirks.md tells of every quirk in the sources."""

from pathlib import Path

from tests.support.planting import ROOT, plant
from tools.quirks import Quirk, find_quirks, write_page


def test_the_page_is_current() -> None:
    page = (ROOT / "docs" / "quirks.md").read_text(encoding="utf-8")
    assert page == write_page(ROOT), "run `make docs`"


SOURCE = """
X = 1  # quirk(graph): answers 204 here - the reference

# quirk(arm): wants a | bar - and
# a dash - recording 7
LIMITS = {"a": 1}

def answer():
    # an ordinary comment
    return 2  # quirk(graph): answers 204 here - the reference
"""


def test_every_quirk_is_found_with_its_place(tmp_path: Path) -> None:
    plant(tmp_path, "src/door.py", SOURCE)
    assert list(find_quirks(tmp_path)) == [
        Quirk("graph", "answers 204 here", "the reference", "src/door.py", "X"),
        Quirk("arm", "wants a | bar - and a dash", "recording 7", "src/door.py", "LIMITS"),
        Quirk("graph", "answers 204 here", "the reference", "src/door.py", "answer"),
    ]


def test_a_deed_is_told_once_with_all_its_places(tmp_path: Path) -> None:
    plant(tmp_path, "src/door.py", SOURCE)
    page = write_page(tmp_path)
    places = "[X](../src/door.py), [answer](../src/door.py)"
    assert page.index("## arm") < page.index("## graph")
    assert f"\n| answers 204 here | the reference | {places} |\n" in page
    assert "| wants a \\| bar - and a dash | recording 7 |" in page
