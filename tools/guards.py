"""Removes the guards of signing in, the log and calls out one by one, to see attacks noticed.

Run it from the repository's root as `python -m tools.guards`, with the names of attacks for these
alone. What is removed stands in tools/guards.yaml: for each guard the fragment of the source that
is it, what stands there without it, the attack tests that have to fail then, and tests that pass
all the same, which show that the service is otherwise whole. It prints one line for each guard, and
ends with 1 if the removal of any was not noticed.
"""

import gc
import os
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import pytest

# What these are made of is loaded once, and not for each guard anew.
import tests.conftest  # noqa: F401 - for what it loads
import timebound.server.app  # noqa: F401 - for what it loads

FACTS: Final = Path("tools/guards.yaml")
ATTACKS: Final = (
    "alg none",
    "key confusion",
    "foreign issuer",
    "foreign audience",
    "tenant mix-up",
    "code replay",
    "code of another client",
    "refresh reuse",
    "redirect tricks",
    "PKCE downgrade",
    "CSRF",
    "user enumeration",
    "brute force",
    "session fixation",
    "open redirect",
    "header injection",
    "kid and jwks injection",
    "oversized tokens",
    "clock skew",
    "log tampering",
    "calls to anybody else",
    "forged webhooks",
    "use after the end",
)
"""The attacks of which each has to have a guard."""
_LONGEST_RUN: Final = 300
_OURS: Final = frozenset({"timebound", "tests", "tools"})
_PLUGINS: Final = ("randomly", "xdist", "anyio", "cacheprovider")
"""What these runs have no use for."""
_LOADED: Final = "ignore::pytest.PytestAssertRewriteWarning"
"""That something was loaded before the tests is no fault of theirs."""
_ARGUMENTS: Final = ("-q", "-W", _LOADED, *(f"-pno:{name}" for name in _PLUGINS))
_FORKING: Final = get_context("fork")


class Removal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is taken out of the source, and which tests see it."""

    edits: dict[str, tuple[tuple[str, str], ...]]
    """By the end of a file's path: fragments of it, and what stands in their place."""
    noticed_by: tuple[str, ...]
    besides: tuple[str, ...]
    """Tests that pass with the guard and without it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A guard against an attack, and what removing it comes to."""

    attack: str
    name: str
    removal: Removal

    def __str__(self) -> str:
        return f"{self.attack}: {self.name}"

    @property
    def tests(self) -> tuple[str, ...]:
        """Every test that it is judged by."""
        return (*self.removal.noticed_by, *self.removal.besides)


def read_guards(facts: Path) -> list[Guard]:
    """The guards of a facts file in their order."""
    text = facts.read_text(encoding="utf-8")
    sections = msgspec.yaml.decode(text, type=dict[str, dict[str, Removal]])
    return [
        Guard(attack, name, removal)
        for attack, removals in sections.items()
        for name, removal in removals.items()
    ]


# ---- what does not hold ----------------------------------------------------------------------


def find_uncovered(guards: Iterable[Guard]) -> list[str]:
    """The attacks that no guard is named for, and those that nobody has heard of."""
    named = {one.attack for one in guards}
    return [*(f"no guard against {one}" for one in ATTACKS if one not in named)] + [
        f"no such attack: {one}" for one in sorted(named - set(ATTACKS))
    ]


def judge(guard: Guard, root: Path) -> str:
    """What is wrong with a guard or its tests; empty if its removal is noticed."""
    with TemporaryDirectory(prefix="timebound-guard-") as folder:
        tree = Path(folder) / "src"
        shutil.copytree(root / "src", tree)
        return remove(guard.removal.edits, tree / "timebound") or _judge_removed(guard, root, tree)


def remove(edits: Mapping[str, Sequence[tuple[str, str]]], package: Path) -> str:
    """Takes a guard out of a copy of the source; answers what cannot be done."""
    for name, replaced in edits.items():
        whole = package / name
        found = [whole] if whole.is_file() else list(package.rglob(name))
        if len(found) != 1:
            return f"{len(found)} files are named {name}: name one"
        (file,) = found
        text = file.read_text(encoding="utf-8")
        for fragment, instead in replaced:
            if text.count(fragment) != 1:
                return f"{name} has `{fragment}` {text.count(fragment)} times: name it as it is"
            text = text.replace(fragment, instead)
        compile(text, name, "exec")
        file.write_text(text, encoding="utf-8")
    return ""


def _judge_removed(guard: Guard, root: Path, tree: Path) -> str:
    outcomes = run_tests(guard.tests, root, tree)
    if isinstance(outcomes, str):
        return outcomes
    broken = [one for one in guard.removal.besides if not outcomes.has_passed(one)]
    if broken:
        return f"more than the guard is gone, these fail as well: {', '.join(broken)}"
    if not any(outcomes.has_failed(one) for one in guard.removal.noticed_by):
        return f"nobody notices: {', '.join(guard.removal.noticed_by)}"
    return ""


# ---- running tests over another source --------------------------------------------------------


@dataclass(slots=True, eq=False)
class Outcomes:
    """Which tests have passed and which have failed, as pytest tells it to a plugin."""

    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes what a test came to; one that cannot be set up neither passes nor fails."""
        if report.when == "call" and report.outcome != "skipped":
            noted = self.passed if report.outcome == "passed" else self.failed
            noted.add(report.nodeid.removeprefix("tests/"))

    def has_passed(self, test: str) -> bool:
        """Whether it passed, with all of its examples."""
        return _names(test, self.passed) and not self.has_failed(test)

    def has_failed(self, test: str) -> bool:
        """Whether it failed, or one of its examples."""
        return _names(test, self.failed)


def _names(test: str, told: Iterable[str]) -> bool:
    return any(one == test or one.startswith(f"{test}[") for one in told)


def run_tests(tests: Sequence[str], root: Path, tree: Path) -> Outcomes | str:
    """What tests come to with the sources of a tree; or why that cannot be told.

    They run in a fork of this process, which has everything loaded that is not ours.
    """
    receiver, sender = _FORKING.Pipe(duplex=False)
    child = _FORKING.Process(target=_run, args=(sender, tests, root, tree))
    child.start()
    sender.close()
    outcomes: Outcomes | str = f"the tests came to no end in {_LONGEST_RUN} seconds"
    try:
        if receiver.poll(_LONGEST_RUN):
            outcomes = receiver.recv()
    except EOFError:
        outcomes = "the tests broke off"
    child.kill()
    child.join()
    return outcomes


def _run(sender: Connection, tests: Sequence[str], root: Path, tree: Path) -> None:
    """In the fork: forgets what is ours, runs the tests over the tree, and tells."""
    for name in [one for one in sys.modules if one.partition(".")[0] in _OURS]:
        del sys.modules[name]
    # Also for the processes that tests start.
    os.environ["PYTHONPATH"] = str(tree)
    sys.path.insert(0, str(tree))
    os.chdir(root)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    outcomes = Outcomes()
    asked = [f"tests/{one}" for one in dict.fromkeys(tests)]
    status = pytest.main([*_ARGUMENTS, f"--basetemp={tree.parent}/tests", *asked], [outcomes])
    used = Path(str(sys.modules["timebound"].__file__)) if "timebound" in sys.modules else Path()
    if status not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        sender.send(f"the tests cannot be run ({status!r}): {', '.join(tests)}")
    elif not used.is_relative_to(tree):
        sender.send(f"the tests used {used}, not the sources without the guard")
    else:
        sender.send(outcomes)


# ---- all of them -----------------------------------------------------------------------------


def main(arguments: Sequence[str], root: Path = Path()) -> int:
    """Judge the guards against some attacks, or against all, and print what each comes to."""
    # What is loaded stays, and forks need not look whether it is garbage.
    gc.freeze()
    gc.disable()
    asked = _read_arguments(arguments)
    guards = [one for one in read_guards(asked.facts) if one.attack in (asked.attacks or ATTACKS)]
    faults = [] if asked.attacks else _find_failing(guards, root)
    for number, guard in enumerate(guards, 1):
        fault = judge(guard, root)
        print(f"{number}/{len(guards)} {guard}: {fault or 'noticed'}", flush=True)
        faults += [f"{guard}: {fault}"] if fault else []
    print("\n".join(faults) or f"guards: each of {len(guards)} is noticed once it is gone")
    return 1 if faults or not guards else 0


def _read_arguments(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m tools.guards")
    parser.add_argument("attacks", nargs="*", choices=[[], *ATTACKS], metavar="ATTACK")
    parser.add_argument("--facts", type=Path, default=FACTS)
    return parser.parse_args(arguments)


def _find_failing(guards: Iterable[Guard], root: Path) -> list[str]:
    """The tests that do not pass with every guard in its place."""
    tests = tuple(dict.fromkeys(test for one in guards for test in one.tests))
    with TemporaryDirectory(prefix="timebound-guard-") as folder:
        tree = Path(folder) / "src"
        shutil.copytree(root / "src", tree)
        outcomes = run_tests(tests, root, tree)
    if isinstance(outcomes, str):
        return [outcomes]
    return [f"fails as it is: {one}" for one in tests if not outcomes.has_passed(one)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
