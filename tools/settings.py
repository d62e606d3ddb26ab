"""Writes docs/reference/settings.md: every setting of a tenant, from the class that holds them.

Run it from the repository's root as `python -m tools.settings`. What a setting does is the text
below it in `domain/settings.py`; its values and its default are those of the class.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, get_args, get_origin, get_type_hints

import msgspec

from timebound.domain.settings import TenantSettings

PAGE: Final = Path("docs/reference/settings.md")
HEAD: Final = """\
# Settings of a tenant

<!-- Written by `make docs` from `src/timebound/domain/settings.py`; edit that. -->

What a tenant can set. Without a word every setting has its default: the service is strict, it does
what Microsoft's does, and it neither delays nor forgets. A setting is written in a seed

```yaml
settings:
  pending_status: PendingApprovalProvisioning
```

or given at start, `timebound serve --set pending_status=PendingApprovalProvisioning`, as
`TIMEBOUND_SET`, or in a TOML file as a table `[set]`. What is given at start goes before the seed,
and is kept: it is put into force for the only tenant of a database that is there already, with an
event that tells what changed. A value that makes no sense is refused with the name of its setting.

| name | values | default | what it does |
|---|---|---|---|
"""
_QUOTE: Final = '"'
_KINDS: Final[Mapping[type, str]] = {
    timedelta: "a duration, as `PT5M`",
    datetime: "an instant, as `2030-12-31T00:00:00Z`",
    int: "a number, 1 or more",
    bool: "`true`, `false`",
    Mapping: "an object of texts, as JSON on the command line",
}


@dataclass(frozen=True, slots=True)
class Described:
    """A setting as it is told."""

    name: str
    values: str
    default: str
    effect: str


def describe_settings(source: str) -> Iterator[Described]:
    """Every setting in its order; the texts are those of the source of the class."""
    texts, defaults = read_texts(source), TenantSettings()
    hints = get_type_hints(TenantSettings)
    for field in fields(TenantSettings):
        kind, default = hints[field.name], getattr(defaults, field.name)
        yield Described(
            field.name, _tell_kind(kind), _tell_value(default), texts.get(field.name, "")
        )


def read_texts(source: str) -> Mapping[str, str]:
    """The text below each field of the class."""
    found = ast.parse(source).body
    (body,) = (n.body for n in found if isinstance(n, ast.ClassDef) and n.name == "TenantSettings")
    texts: dict[str, str] = {}
    for field, below in pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            texts[field.target.id] = " ".join(str(below.value.value).split())
    return texts


def _tell_kind(kind: Any) -> str:  # noqa: ANN401 - what stands as a type
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{one.value}`" for one in kind)
    options = [one for one in get_args(kind) if one is not type(None)]
    if type(None) in get_args(kind):
        return f"{_tell_kind(options[0])}, or `null`"
    return _KINDS[get_origin(kind) or kind]


def _tell_value(value: object) -> str:
    if isinstance(value, timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"`PT{minutes}M`" if minutes and not seconds else f"`PT{seconds}S`"
    text = msgspec.json.encode(value, enc_hook=dict).decode()
    return f"`{text}`" if isinstance(value, Mapping) else f"`{text.strip(_QUOTE)}`"


def write_page() -> str:
    """The text of the page."""
    source = inspect.getsource(inspect.getmodule(TenantSettings) or TenantSettings)
    rows = [
        f"| `{one.name}` | {one.values} | {one.default} | {one.effect} |\n"
        for one in describe_settings(source)
    ]
    return HEAD + "".join(rows)


def main() -> int:
    """Write the page."""
    PAGE.write_text(write_page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
