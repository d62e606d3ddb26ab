"""How long anything may be held: due work by a worker, a consumer by who feeds it."""

from datetime import timedelta
from typing import Final

LONGEST_HOLD: Final = timedelta(hours=1)
"""Nobody holds anything for longer, nor pauses.

A hold that ends later was written by a clock that has been set back since, or that was ahead of all
others. It is not waited for.
"""
