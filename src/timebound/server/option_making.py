"""How an option of the command line is made: with its environment variable."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import click

Command: TypeAlias = Callable[..., Any]
FILE: Final = click.Path(dir_okay=False, path_type=Path)
FOLDER: Final = click.Path(file_okay=False, path_type=Path)


def option(name: str, **attributes: Any) -> Callable[[Command], Command]:  # noqa: ANN401 - click's
    """An option that the environment can say as well."""
    variable = f"TIMEBOUND_{name.upper().replace('-', '_')}"
    return click.option(f"--{name}", envvar=variable, show_envvar=True, **attributes)
