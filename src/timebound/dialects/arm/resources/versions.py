"""The api-versions in which the parts of the tree are spoken of.

Source: the published specifications of Microsoft.Resources, Microsoft.Subscription and
Microsoft.Management.
"""

import re
from typing import Final

_DATE: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(-[a-z]+)?")

SUBSCRIPTIONS: Final = frozenset(
    {
        *("2014-04-01", "2015-01-01", "2015-11-01", "2016-06-01", "2016-07-01", "2016-09-01"),
        *("2017-05-10", "2018-02-01", "2018-05-01", "2018-06-01", "2019-03-01", "2019-05-01"),
        *("2019-05-10", "2019-06-01", "2019-07-01", "2019-08-01", "2019-10-01", "2019-11-01"),
        *("2020-01-01", "2020-06-01", "2020-08-01", "2020-10-01", "2021-01-01", "2021-04-01"),
        *("2022-01-01", "2022-09-01", "2022-12-01", "2023-07-01", "2024-03-01", "2024-07-01"),
        *("2024-11-01", "2025-03-01", "2025-04-01"),
    }
)
"""Of tenants, subscriptions, resource groups and lists of resources."""
ALIASES: Final = frozenset({"2019-10-01-preview", "2020-09-01", "2021-10-01", "2024-08-01-preview"})
MANAGEMENT: Final = frozenset(
    {
        *("2017-08-31-preview", "2017-11-01-preview", "2018-01-01-preview", "2018-03-01-preview"),
        *("2018-03-01-beta", "2019-11-01", "2020-02-01", "2020-05-01", "2020-10-01"),
        *("2021-04-01", "2023-04-01", "2024-02-01-preview"),
    }
)
SETTINGS: Final = frozenset(one for one in MANAGEMENT if one >= "2020-02-01")
"""Of what is set for all management groups."""
PLAIN_TYPES: Final = "2020-05-01"
"""From this version on types are told without a path before them, and moves with a body."""


class AnyVersion(frozenset[str]):
    """Every api-version that is a date: what a provider knows is its own affair."""

    __slots__ = ()

    def __contains__(self, version: object) -> bool:
        """Whether it is written as api-versions are."""
        return isinstance(version, str) and _DATE.fullmatch(version) is not None


ANY_VERSION: Final = AnyVersion()
