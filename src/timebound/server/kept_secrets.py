"""Where the files of operators say that a secret is: never in these files themselves."""

import os
from pathlib import Path

import msgspec


class SecretPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A file, relative to the one that names it, or a variable of the environment."""

    file: str | None = None
    env: str | None = None


def read_secret(folder: Path, what: str, given: SecretPlace) -> str:
    """The secret that is there; ValueError names `what` is missing."""
    if (given.file is None) == (given.env is None):
        raise ValueError(f"{what}: either `file` or `env`")
    if given.env is not None:
        found = os.environ.get(given.env, "")
    else:
        try:
            found = (folder / (given.file or "")).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{what}: {given.file}: {error}") from error
    if not found:
        raise ValueError(f"{what}: it is empty, or not there")
    return found
