"""The one thing that the questions need of a database: that it answers a statement."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from timebound.storage.compiling import Parameters, Statement
from timebound.storage.rows import Row


class Asking(ABC):
    """A database that can be asked; SQLite answers within the call, PostgreSQL awaits."""

    @abstractmethod
    async def ask(self, statement: Statement, parameters: Parameters) -> Sequence[Row]:
        """The rows that the statement finds."""
