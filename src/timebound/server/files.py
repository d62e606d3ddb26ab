"""Files that are whole or not there, and that only those read who may."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from timebound.server.config import ConfigError

OWNER_ONLY: Final = 0o600
READABLE: Final = 0o644


def write_file(path: Path, content: bytes, mode: int) -> None:
    """Puts a file in place at once, with its mode from the first moment."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def make_data_folder(path: Path) -> Path:
    """The data folder, which nobody else looks into."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@contextmanager
def hold_data_folder(path: Path) -> Iterator[None]:
    """Makes the data folder and keeps other services out of it; ConfigError if one has it.

    The lock ends with the process, however that ends; the file stays.
    """
    descriptor = os.open(make_data_folder(path) / ".lock", os.O_RDWR | os.O_CREAT, OWNER_ONLY)
    try:
        _lock(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConfigError(
            f"--data {path}: another service runs on this folder; stop it, or give another one"
        ) from error
