"""What a run writes: itself with all its items, and later each item that is done."""

from dataclasses import dataclass

from timebound.domain.policy_runs import PolicyRun, RunItem


@dataclass(frozen=True, slots=True)
class PutPolicyRun:
    """A new run, with its items in their order."""

    run: PolicyRun
    items: tuple[RunItem, ...]


@dataclass(frozen=True, slots=True)
class FinishRunItem:
    """An item of a run that is done: its state, problem and time."""

    run_id: str
    item: RunItem
