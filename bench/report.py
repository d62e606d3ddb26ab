"""The table: what was measured, beside the floor and the goal; nothing here fails a run."""

import statistics
from collections.abc import Sequence
from typing import Final

from bench.processes import Memory, Start
from bench.rounds import Result, Side
from timebound.storage.compiling import Database

START_GOAL: Final = 1.5
MEMORY_GOAL: Final = 150
_NAMES: Final = {Database.SQLITE: "SQLite", Database.POSTGRESQL: "PostgreSQL"}
_HEAD: Final = f"{'':22}{'calls/s':>9}{'CPU us':>8}{'p50 ms':>16}{'p99 ms':>16}"


def print_title(database: Database, people: int) -> None:
    """The head of one database's table."""
    print(f"\n{_NAMES[database]}, {people} people")
    print_head()


def print_head() -> None:
    """What stands above the figures."""
    print(_HEAD, flush=True)


def print_result(result: Result) -> None:
    """Product and floor of one scenario, and their ratio."""
    ratio, goal = result.ratio(), result.scenario.goal
    print(f"{result.scenario.name}: {ratio:.2f} of the floor (goal {goal:.2f} or more)")
    _print_side("  product", result.product)
    _print_side("  floor", result.floor)


def _print_side(name: str, side: Side) -> None:
    middle = " / ".join(f"{side.time(step, 0.5):.2f}" for step in side.steps())
    tail = " / ".join(f"{side.time(step, 0.99):.2f}" for step in side.steps())
    print(f"{name:22}{side.rate():9.0f}{side.cpu():8.0f}{middle:>16}{tail:>16}", flush=True)


def print_start(starts: Sequence[Start], memory: Memory) -> None:
    """How long the product takes to its first answer, and what it weighs after the load."""
    seconds = statistics.median(start.seconds for start in starts)
    cpu = statistics.median(start.cpu for start in starts)
    print(
        f"start to the first answer: {seconds:.2f} s, {cpu:.2f} s of them on the processor, "
        f"median of {len(starts)} (goal under {START_GOAL} s)"
    )
    print(
        f"memory after the load: {memory.resident:.0f} MB resident, "
        f"{memory.proportional:.0f} MB by its share (goal under {MEMORY_GOAL} MB)",
        flush=True,
    )
