"""Seed files: a tenant described in YAML, read whole or refused with every fault and its place."""

import re
from importlib.resources import files
from pathlib import Path as FilePath

import msgspec

from timebound.server.seed_references import find_faults
from timebound.server.seed_shapes import (
    ActivationRules,
    AdministrativeUnitSeed,
    ApplicationKind,
    ApplicationSeed,
    GroupAccess,
    GroupSeed,
    HoldingRules,
    HoldingSeed,
    PermissionsSeed,
    PolicySeed,
    RoleSeed,
    Seed,
    SubscriptionSeed,
    TenantSeed,
    UserSeed,
    resolve_moment,
)
from timebound.server.seed_yaml import Path, YamlDocument, YamlError, read_yaml

_PLACED = re.compile(r"(?P<what>.*?) - at `(?:key` in `)?\$(?P<path>.*)`", re.DOTALL)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")


class SeedError(Exception):
    """A seed that cannot be used; `faults` holds one line for each reason, with its place."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def read_seed(source: FilePath | str) -> Seed:
    """The seed in a file (a path) or in a text (a string); raises SeedError with every fault."""
    if isinstance(source, str):
        return _parse(source, "seed")
    try:
        text = source.read_text(encoding="utf-8")
    except OSError as error:
        raise SeedError((f"{source}: cannot be read: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        raise SeedError((f"{source}: is not UTF-8 text",)) from error
    return _parse(text, str(source))


def demo_seed() -> Seed:
    """The demo tenant that comes with the package."""
    return _parse(demo_text(), "demo.yaml")


def demo_text() -> str:
    """The demo tenant's file as it is written, to be used as a template."""
    return (files("timebound.server") / "seeds" / "demo.yaml").read_text(encoding="utf-8")


def _parse(text: str, name: str) -> Seed:
    try:
        document = read_yaml(text)
    except YamlError as error:
        place = "" if error.position is None else f":{error.position[0]}:{error.position[1]}"
        raise SeedError((f"{name}{place}: {error.problem}",)) from error
    try:
        seed = msgspec.convert(document.data, Seed)
    except msgspec.ValidationError as error:
        path, what = _locate(str(error))
        raise SeedError((_fault(document, name, path, what),)) from error
    faults = tuple(
        _fault(document, name, fault.path, fault.what) for fault in find_faults(seed, document.data)
    )
    if faults:
        raise SeedError(faults)
    return seed


def _locate(message: str) -> tuple[Path, str]:
    placed = _PLACED.fullmatch(message)
    what, text = (placed["what"], placed["path"]) if placed else (message, "")
    path: Path = tuple(
        int(index) if index else name
        for name, index in _STEP.findall(text.split("[...]", maxsplit=1)[0])
    )
    unknown = _UNKNOWN.fullmatch(what)
    if unknown:
        return (*path, unknown[1]), "no such property"
    return path, what[:1].lower() + what[1:]


def _fault(document: YamlDocument, name: str, path: Path, what: str) -> str:
    line, column = document.position(path)
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return f"{name}:{line}:{column}: {where.lstrip('.') or 'document'}: {what}"


__all__ = [
    "ActivationRules",
    "AdministrativeUnitSeed",
    "ApplicationKind",
    "ApplicationSeed",
    "GroupAccess",
    "GroupSeed",
    "HoldingRules",
    "HoldingSeed",
    "PermissionsSeed",
    "PolicySeed",
    "RoleSeed",
    "Seed",
    "SeedError",
    "SubscriptionSeed",
    "TenantSeed",
    "UserSeed",
    "demo_seed",
    "demo_text",
    "read_seed",
    "resolve_moment",
]
