"""Runs: the same change made to many policies, one after the other, by whoever goes on with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from timebound.domain.policies import Rule
from timebound.domain.policy_places import PolicyPlace
from timebound.domain.problems import Problem
from timebound.domain.times import Instant


class ItemState(Enum):
    """What has become of one policy of a run."""

    PENDING = "pending"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RunItem:
    """One policy of a run, by its number; `problem` says why it was refused."""

    position: int
    place: PolicyPlace
    state: ItemState = ItemState.PENDING
    problem: Problem | None = None
    done_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class PolicyRun:
    """A run: the rules that each of so many policies is to have, by their ids."""

    id: str
    rules: Mapping[str, Rule]
    created_at: Instant
    created_by: str
    total: int
