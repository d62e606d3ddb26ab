"""Every permission that an operation asks for, for clients that may ask for all."""

from typing import Final

from timebound.application.catalog import graph_permissions
from timebound.domain.requirements import REQUIREMENTS

_ASKED: Final = {
    name
    for needed in REQUIREMENTS.values()
    for name in (*needed.delegated, *(needed.application or ()), *needed.owning)
}
EVERY_DELEGATED: Final = tuple(
    sorted(
        name
        for name, known in graph_permissions().by_value.items()
        if name in _ASKED and known.delegated_id
    )
)
