"""Writes docs/coverage: what is published, what of it is served, and the tests that witness it.

Run it from the repository's root as `python -m tools.coverage`. What is published stands in
tools/published, what is served in the tables of the doors, and witnesses beside the tests. It
prints one line for each claim that does not hold, and ends with 1 if there is any.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from timebound.dialects.arm.operations import OPERATIONS as ARM
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.documents import METADATA
from timebound.dialects.graph.operations import OPERATIONS as GRAPH
from tools.witnesses import Witness, find_witnesses

PUBLISHED: Final = Path("tools/published")
PAGES: Final = Path("docs/coverage")
BEYOND: Final = "beyond.json"
UNSERVED: Final = re.compile(r"planned(: issue \d+)?|not planned: \S.*")
AUTHORIZATION: Final = "/providers/Microsoft.Authorization/"
IDS: Final = {
    "roleAssignmentId": "roleAssignments",
    "roleId": "roleDefinitions",
    "denyAssignmentId": "denyAssignments",
}
"""What the ids stand for that are published as whole paths."""
FULL_IDS: Final = re.compile(rf"^\{{({'|'.join(IDS)})\}}")
NOTICE: Final = "<!-- Written by `make docs`; edit tools/published, the doors or the tests. -->"


@dataclass(frozen=True, slots=True)
class Served:
    """What a door does; its name is what a witness calls it."""

    method: str
    path: str
    versions: frozenset[str]

    @property
    def name(self) -> str:
        """The method and the path."""
        return f"{self.method} {self.path}"

    @property
    def key(self) -> str:
        """The name without the names of its keys, in one case: what is published is found by it."""
        return _fold(self.name)

    @property
    def wider_key(self) -> str:
        """The key of what does the same at every scope of Azure, named by its place there."""
        path = FULL_IDS.sub(
            lambda id_: f"{{scope}}{AUTHORIZATION}{IDS[id_[1]]}/{{name}}", self.path
        )
        _, provider, rest = f"/{path}".rpartition(AUTHORIZATION)
        return _fold(f"{self.method} {{scope}}{provider}{rest}" if provider else self.name)


def _fold(name: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", name).casefold()


@dataclass(frozen=True, slots=True)
class Area:
    """Operations that belong together, and what is to be said of those that are not served."""

    name: str
    unserved: str
    operations: tuple[Served, ...]


@dataclass(frozen=True, slots=True)
class Api:
    """A published API; its name is the name of its page."""

    name: str
    title: str
    areas: tuple[Area, ...]

    @property
    def operations(self) -> tuple[Served, ...]:
        """All of them."""
        return tuple(operation for area in self.areas for operation in area.operations)


@dataclass(frozen=True, slots=True)
class Beyond:
    """Paths that are served though no inventory has them, and why."""

    paths: tuple[str, ...]
    reason: str

    def has_path(self, path: str) -> bool:
        """Whether the path is one of them, or leads on from one."""
        return any(f"{path}/".startswith(f"{start}/") for start in self.paths)


def read_graph() -> Iterator[Served]:
    """What the Graph door serves: its table, and the documents that it answers before."""
    for path in ("/", METADATA):
        yield Served("GET", path, frozenset(version.value for version in Version))
    for operation in GRAPH:
        versions = frozenset(version.value for version in operation.versions)
        yield Served(operation.method, operation.path, versions)


def read_arm() -> Iterator[Served]:
    """What the door of the resource manager serves."""
    for operation in ARM:
        method, _, path = operation.name.partition(" ")
        yield Served(method, path, operation.versions)


DOORS: Final = (read_graph, read_arm)
"""How the table of each door is read."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Everything that the pages tell."""

    apis: tuple[Api, ...]
    beyond: tuple[Beyond, ...]
    served: tuple[Served, ...]
    witnesses: tuple[Witness, ...]

    def find_served(self, published: Served) -> tuple[Served, ...]:
        """The rows of the doors that serve a published operation."""
        keys = {published.key, published.wider_key}
        return tuple(one for one in self.served if one.key in keys)

    def find_witnesses(self, rows: Iterable[Served]) -> tuple[Witness, ...]:
        """The tests that witness any of the rows."""
        names = {row.name for row in rows}
        return tuple(one for one in self.witnesses if names & one.operations)

    def list_beyond(self) -> tuple[Served, ...]:
        """What is served that is not published, or not in that version."""
        published: dict[str, frozenset[str]] = {}
        for one in (one for api in self.apis for one in api.operations):
            for key in {one.key, one.wider_key}:
                published[key] = published.get(key, frozenset()) | one.versions
        more = (
            Served(one.method, one.path, one.versions - published.get(one.key, frozenset()))
            for one in self.served
        )
        return tuple(one for one in more if one.versions)


def read_coverage(root: Path) -> Coverage:
    """What the tree says."""
    files = sorted((root / PUBLISHED).glob("*.json"))
    beyond = json.loads((root / PUBLISHED / BEYOND).read_text(encoding="utf-8"))
    return Coverage(
        tuple(_read_api(file) for file in files if file.name != BEYOND),
        tuple(Beyond(tuple(one["paths"]), one["reason"]) for one in beyond),
        tuple(row for door in DOORS for row in door()),
        tuple(find_witnesses(root)),
    )


def _read_api(file: Path) -> Api:
    document = json.loads(file.read_text(encoding="utf-8"))
    areas = (
        Area(one["name"], one["unserved"], tuple(map(_read_operation, one["operations"])))
        for one in document["areas"]
    )
    return Api(file.stem, document["title"], tuple(areas))


def _read_operation(line: str) -> Served:
    method, path, *versions = line.split()
    return Served(method, path, frozenset(versions))


# ---- what does not hold ----------------------------------------------------------------------


def find_faults(coverage: Coverage) -> list[str]:
    """One line for each claim that does not hold, which says what to do."""
    return [
        *_find_bad_states(coverage.apis),
        *_find_unwitnessed(coverage),
        *_find_idle_witnesses(coverage),
        *_find_unexplained(coverage),
    ]


def _find_bad_states(apis: Iterable[Api]) -> Iterator[str]:
    for api in apis:
        for area in api.areas:
            if not UNSERVED.fullmatch(area.unserved):
                yield (
                    f"tools/published/{api.name}.json: {area.name}: `unserved` says `planned`, "
                    f"`planned: issue N` or `not planned: why`, not `{area.unserved}`"
                )


def _find_unwitnessed(coverage: Coverage) -> Iterator[str]:
    for name in dict.fromkeys(one.name for one in coverage.served):
        if not any(name in witness.operations for witness in coverage.witnesses):
            yield (
                f"{name} is served and has no witness: "
                f'write @pytest.mark.witness("{name}") above a test that calls it'
            )


def _find_idle_witnesses(coverage: Coverage) -> Iterator[str]:
    served = {one.name for one in coverage.served}
    for witness in coverage.witnesses:
        for name in sorted(witness.operations):
            if name not in served:
                yield f"{witness}: no door serves {name}: mend or remove the mark"
            elif missing := witness.find_missing(name):
                yield (
                    f"{witness}: never says {', '.join(missing)}, so that it cannot call {name}: "
                    "call it there, or mark a test that does"
                )


def _find_unexplained(coverage: Coverage) -> Iterator[str]:
    for one in coverage.list_beyond():
        if not any(beyond.has_path(one.path) for beyond in coverage.beyond):
            versions = _list_versions(one.versions)
            yield (
                f"{one.name} ({versions}) is served but not published: mend its path or versions, "
                f"or add its path with a reason to tools/published/{BEYOND}"
            )


# ---- the pages -------------------------------------------------------------------------------


def write_pages(coverage: Coverage) -> Mapping[str, str]:
    """The text of each page by the name of its file."""
    pages = {f"{api.name}.md": _write_api(coverage, api) for api in coverage.apis}
    return {"README.md": _write_index(coverage), **pages, "beyond.md": _write_beyond(coverage)}


def _write_index(coverage: Coverage) -> str:
    rows = [(f"[{api.title}]({api.name}.md)", *_count(coverage, api)) for api in coverage.apis]
    number = len({one.name for one in coverage.list_beyond()})
    rows.append(("[Beyond the inventories](beyond.md)", str(number), "0", "0"))
    return _join_page(
        "Coverage",
        "Every published operation of the APIs that are imitated: whether it is served, and the\n"
        "tests that witness it. *Served* is read from the tables of the doors, and a row of one\n"
        "without a witness fails the checks. A number is the one that the title of the planned\n"
        "issue carries.",
        _write_table(("API", "served", "planned", "not planned"), rows),
    )


def _count(coverage: Coverage, api: Api) -> tuple[str, str, str]:
    served = planned = refused = 0
    for area in api.areas:
        here = sum(1 for one in area.operations if coverage.find_served(one))
        served += here
        if area.unserved.startswith("planned"):
            planned += len(area.operations) - here
        else:
            refused += len(area.operations) - here
    return str(served), str(planned), str(refused)


def _write_api(coverage: Coverage, api: Api) -> str:
    parts = []
    for area in api.areas:
        rows = [
            (
                f"`{one.name}`",
                _list_versions(one.versions),
                _tell_state(one, coverage.find_served(one), area.unserved),
                _list_witnesses(coverage.find_witnesses(coverage.find_served(one))),
            )
            for one in area.operations
        ]
        table = _write_table(("operation", "versions", "state", "witness"), rows)
        parts.append(f"## {area.name[0].upper()}{area.name[1:]}\n\n{table}")
    return _join_page(api.title, *parts)


def _tell_state(published: Served, rows: Sequence[Served], unserved: str) -> str:
    served = frozenset(version for row in rows for version in row.versions) & published.versions
    if not served:
        return unserved
    left = published.versions - served
    return f"served in {_list_versions(served)}; {unserved}" if left else "served"


def _write_beyond(coverage: Coverage) -> str:
    rows: dict[str, list[tuple[str, ...]]] = {beyond.reason: [] for beyond in coverage.beyond}
    for one in coverage.list_beyond():
        reason = next((b.reason for b in coverage.beyond if b.has_path(one.path)), "-")
        witnesses = _list_witnesses(coverage.find_witnesses((one,)))
        row = (f"`{one.name}`", _list_versions(one.versions), witnesses)
        rows.setdefault(reason, []).append(row)
    parts = [
        f"## {reason[0].upper()}{reason[1:]}\n\n"
        + _write_table(("operation", "versions", "witness"), found)
        for reason, found in rows.items()
        if found
    ]
    text = "What is served though it belongs to none of the inventories, by the reason for it."
    return _join_page("Beyond the inventories", text, *parts)


def _list_versions(versions: Iterable[str]) -> str:
    return ", ".join(sorted(versions, key=lambda version: (version == "beta", version)))


def _list_witnesses(witnesses: Iterable[Witness]) -> str:
    return ", ".join(f"[{one.test}](../../{one.path})" for one in witnesses) or "-"


def _write_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (titles, ["---"] * len(titles), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _join_page(title: str, *parts: str) -> str:
    return "\n\n".join((f"# {title}", NOTICE, *parts)) + "\n"


def main() -> int:
    """Write the pages, remove those that are no more, and print what does not hold."""
    coverage = read_coverage(Path())
    pages = write_pages(coverage)
    PAGES.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (PAGES / name).write_text(text, encoding="utf-8")
    for file in PAGES.glob("*.md"):
        if file.name not in pages:
            file.unlink()
    faults = find_faults(coverage)
    print("\n".join(faults) or "coverage: every claim has its witness")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
