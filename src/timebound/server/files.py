"""Files that are whole or not there, and that only those read who may."""

import os
import secrets
from pathlib import Path
from typing import Final

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
