"""docs/reference/settings.md tells of every setting of a tenant."""

import inspect

from tests.support.planting import ROOT
from timebound.domain import settings
from timebound.domain.settings import TenantSettings
from tools.settings import PAGE, describe_settings, read_texts, write_page

NAMES = tuple(TenantSettings.__dataclass_fields__)


def test_the_page_is_current() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == write_page(), "run `make docs`"


def test_every_setting_tells_what_it_does() -> None:
    described = tuple(describe_settings(inspect.getsource(settings)))
    assert tuple(one.name for one in described) == NAMES
    assert [one.name for one in described if not one.effect.endswith((".", "MFA"))] == []
    told = {one.name: (one.values, one.default) for one in described}
    assert told["request_history"] == ("`forever`, `purged`", "`forever`")
    assert told["license_ends_at"][1] == "`null`"


def test_a_setting_without_a_text_is_noticed() -> None:
    source = inspect.getsource(settings).replace('"""The licence. Without', '_ = """The licence.')
    assert set(NAMES) - set(read_texts(source)) == {"license"}
