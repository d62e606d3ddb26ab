"""How much is tried at random: little and always the same, unless more is asked for.

`TIMEBOUND_TEST_FUZZ=20` tries twenty times as much, another each time.
"""

import os
from typing import Final

from hypothesis import HealthCheck, settings

_FACTOR: Final = int(os.environ.get("TIMEBOUND_TEST_FUZZ", "1"))


def more(examples: int) -> int:
    """How many examples are tried where a check tries so many."""
    return examples * _FACTOR


def bounded(examples: int) -> settings:
    """The settings of a property that a check tries so often."""
    relaxed = list(HealthCheck)
    if _FACTOR == 1:
        return settings(
            max_examples=examples, derandomize=True, database=None, suppress_health_check=relaxed
        )
    return settings(max_examples=more(examples), suppress_health_check=relaxed)
