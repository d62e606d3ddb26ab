"""The master key: read from a mounted secret, or made once in the data folder."""

import binascii
import secrets
from base64 import b64decode, b64encode
from pathlib import Path

from timebound.identity.sealing import KEY_BYTES, MasterKey
from timebound.server.config import ConfigError, Settings
from timebound.server.files import OWNER_ONLY, write_file


def open_master_key(settings: Settings, *, is_made: bool = True) -> MasterKey:
    """The key that everything sealed in the database is sealed under, made if it may be."""
    if settings.master_key_file is not None:
        return _read(settings.master_key_file)
    path = settings.data / "master.key"
    if is_made and not path.exists():
        write_file(path, b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n", OWNER_ONLY)
    return _read(path)


def _read(path: Path) -> MasterKey:
    try:
        return MasterKey(b64decode(path.read_bytes().strip(), validate=True))
    except OSError as error:
        raise ConfigError(f"the master key {path} cannot be read: {error.strerror}") from error
    except (binascii.Error, ValueError) as error:
        raise ConfigError(
            f"the master key {path} is not {KEY_BYTES} bytes in base64: {error}"
        ) from error
