"""Writes docs/asvs.md: the OWASP ASVS 5.0 requirements of sessions, tokens and OAuth.

Run it from the repository's root as `python -m tools.asvs`. What is claimed stands in
tools/asvs.yaml. It prints one line for each claim that does not hold, and ends with 1 if there
is any.
"""

import ast
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

FACTS: Final = Path("tools/asvs.yaml")
PAGE: Final = Path("docs/asvs.md")
MET: Final = "met"
STATES: Final = (MET, "not applicable", "not met")
PUBLISHED: Final = {
    "7.1": 3,
    "7.2": 4,
    "7.3": 2,
    "7.4": 5,
    "7.5": 3,
    "7.6": 2,
    "9.1": 3,
    "9.2": 4,
    "10.1": 2,
    "10.2": 3,
    "10.3": 5,
    "10.4": 16,
    "10.5": 5,
    "10.6": 2,
    "10.7": 3,
}
"""How many requirements each published section has."""
HEAD: Final = """\
# Sessions, tokens and OAuth, held against OWASP ASVS 5.0

<!-- Written by `make docs` from `tools/asvs.yaml`; edit that. -->

Every requirement of the chapters V7 (session management), V9 (self-contained tokens) and V10
(OAuth and OIDC), told in our own words; what counts is the published text. What is met has a test
that witnesses it, or the checks fail. A witness of what is not met shows what there is of it.
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of one requirement."""

    section: str
    number: str
    level: int
    gist: str
    state: str
    reason: str
    witnesses: tuple[str, ...]


def read_claims(text: str) -> list[Claim]:
    """The claims of a facts file in their order."""
    sections = msgspec.yaml.decode(
        text, type=dict[str, dict[str, tuple[int, str, str, str, tuple[str, ...]]]]
    )
    return [
        Claim(section, number, *told)
        for section, claims in sections.items()
        for number, told in claims.items()
    ]


# ---- what does not hold ----------------------------------------------------------------------


def find_faults(claims: Sequence[Claim], root: Path) -> list[str]:
    """One line for each claim that does not hold."""
    return [*_find_uneven(claims), *(fault for one in claims for fault in _judge(one, root))]


def _find_uneven(claims: Sequence[Claim]) -> Iterator[str]:
    published = [f"{section}.{n + 1}" for section, most in PUBLISHED.items() for n in range(most)]
    told = Counter(one.number for one in claims)
    for number in published:
        if told[number] != 1:
            yield f"{number} is told {told[number]} times: tell it once"
    for number in told.keys() - set(published):
        yield f"{number} is no published requirement"


def _judge(claim: Claim, root: Path) -> Iterator[str]:
    if claim.state not in STATES:
        yield f"{claim.number}: the state is one of {', '.join(STATES)}, not `{claim.state}`"
    if claim.state == MET and not claim.witnesses:
        yield f"{claim.number} is met without a witness: name a test, or say that it is not"
    if claim.state != MET and not claim.reason:
        yield f"{claim.number} is {claim.state}: say why"
    for witness in claim.witnesses:
        if not _has_test(root / "tests", witness):
            yield f"{claim.number}: there is no test tests/{witness}"


def _has_test(folder: Path, witness: str) -> bool:
    name, _, test = witness.partition("::")
    path = folder / name
    if not test.startswith("test_") or not path.is_file():
        return False
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    functions = (n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return any(function.name == test for function in functions)


# ---- the page --------------------------------------------------------------------------------


def write_page(claims: Sequence[Claim]) -> str:
    """The text of the page."""
    parts, counted = [HEAD], Counter((one.level, one.state) for one in claims)
    rows = [
        f"| {level} | {' | '.join(str(counted[level, state]) for state in STATES)} |"
        for level in sorted({one.level for one in claims})
    ]
    head = f"| level | {' | '.join(STATES)} |\n| --- |{' ---: |' * len(STATES)}"
    parts.append("\n".join((head, *rows)) + "\n")
    for section in dict.fromkeys(one.section for one in claims):
        lines = [f"## {section}\n", "| # | level | what | state | witness |"]
        lines.append("| --- | --- | --- | --- | --- |")
        lines += [_write_row(one) for one in claims if one.section == section]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _write_row(claim: Claim) -> str:
    state = f"**{claim.state}**" if claim.state == STATES[2] else claim.state
    told = f"{state}: {claim.reason}" if claim.reason else state
    links = ", ".join(
        f"[{witness.partition('::')[2]}](../tests/{witness.partition('::')[0]})"
        for witness in claim.witnesses
    )
    return f"| {claim.number} | {claim.level} | {claim.gist} | {told} | {links or '-'} |"


def main() -> int:
    """Write the page, and print what does not hold."""
    claims = read_claims(FACTS.read_text(encoding="utf-8"))
    PAGE.write_text(write_page(claims), encoding="utf-8")
    faults = find_faults(claims, Path())
    print("\n".join(faults) or "asvs: every claim has its witness")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
