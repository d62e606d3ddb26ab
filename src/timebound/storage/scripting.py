"""Alembic at work: the statements that lead from one revision of the schema to another."""

import io
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from timebound.storage.compiling import Database
from timebound.storage.migrations import BASE, UnknownRevisionError

_FOLDER: Final = Path(__file__).parent / "migrations"


def write_script(database: Database, start: str, end: str) -> str:
    """The statements from `start` to `end`; UnknownRevisionError names one that is foreign."""
    output = io.StringIO()
    config = _configure(database, output)
    places = [BASE, *list_revisions()]
    for revision in (start, end):
        if revision not in places:
            raise UnknownRevisionError(revision)
    run = command.upgrade if places.index(start) < places.index(end) else command.downgrade
    run(config, f"{start}:{end}", sql=True)
    if end == BASE:
        output.write("DROP TABLE alembic_version;\n")
    return output.getvalue()


def list_revisions() -> list[str]:
    """All revisions, the oldest first."""
    scripts = ScriptDirectory(str(_FOLDER)).walk_revisions()
    return [script.revision for script in scripts][::-1]


def _configure(database: Database, output: io.StringIO) -> Config:
    config = Config(attributes={"output": output})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("dialect", database.value)
    return config
