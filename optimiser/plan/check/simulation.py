"""The record of a simulation: input and decisions indexed, and what follows from them, filled in chapter by chapter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from optimiser.plan.data import quarter_number

if TYPE_CHECKING:
    from optimiser.plan.data import Care, PlanInput, Post, Programme, Service, SupervisionGiver

Key = tuple[Any, ...]


class Sums(dict[Key, float]):
    """Numbers by key; a key that is not there counts as 0 and stays out."""

    def __missing__(self, key: Key) -> float:
        return 0.0

    def add(self, key: Key, value: float) -> None:
        """Add to the number of a key."""
        self[key] = self[key] + value


@dataclass(frozen=True)
class Plan:
    """Input and decisions indexed, and what follows from them. Quarters are 1 to T; 0 and less is before the plan."""

    data: PlanInput
    option: str
    tables: dict[str, dict[Key, Any]]
    times: range
    labels: tuple[str, ...]
    services: dict[str, Service]
    posts: dict[str, Post]
    qualified: tuple[str, ...]
    training: dict[str, Programme]
    """Programme of each trainee post."""
    care: dict[Key, Care]
    flows: frozenset[Key]
    givers: dict[Key, SupervisionGiver]
    established: Sums
    hires: Sums
    intakes: Sums
    moves: Sums
    conversions: Sums
    releases: Sums
    over: Sums
    reduced: Sums
    courses: Sums
    supervisors: Sums
    given: Sums
    treatment: Sums
    mother_tongue: Sums
    clinical: Sums
    workers: Sums
    blocks: Sums
    starts: Sums
    carried: Sums
    rented: Sums
    targeted: Sums
    staff: Sums = field(default_factory=Sums)
    later: Sums = field(default_factory=Sums)
    arrivals: Sums = field(default_factory=Sums)
    leavers: Sums = field(default_factory=Sums)
    given_up: Sums = field(default_factory=Sums)
    filled: Sums = field(default_factory=Sums)
    moved_in: Sums = field(default_factory=Sums)
    moved_out: Sums = field(default_factory=Sums)
    converted: Sums = field(default_factory=Sums)
    graduates: Sums = field(default_factory=Sums)
    extra: Sums = field(default_factory=Sums)
    joined: Sums = field(default_factory=Sums)
    started: Sums = field(default_factory=Sums)
    waiting: Sums = field(default_factory=Sums)
    too_long: Sums = field(default_factory=Sums)
    completed: Sums = field(default_factory=Sums)
    interpreted: Sums = field(default_factory=Sums)
    interpreters: Sums = field(default_factory=Sums)
    recovered: Sums = field(default_factory=Sums)
    group_starts: Sums = field(default_factory=Sums)
    integrated_starts: Sums = field(default_factory=Sums)
    taken: Sums = field(default_factory=Sums)
    """Retention measures by measure and service."""
    kept: Sums = field(default_factory=Sums)
    """Leavers avoided by measure and service, over the plan."""
    retention_pounds: Sums = field(default_factory=Sums)
    reached: Sums = field(default_factory=Sums)
    came: Sums = field(default_factory=Sums)
    access_short: Sums = field(default_factory=Sums)
    group: Sums = field(default_factory=Sums)
    group_short: Sums = field(default_factory=Sums)
    spend: Sums = field(default_factory=Sums)
    outcomes: Sums = field(default_factory=Sums)
    income: Sums = field(default_factory=Sums)

    def quarter(self, t: int) -> str:
        """Label of a quarter."""
        return self.labels[t - 1]

    def year(self, t: int) -> str:
        """Financial year of a quarter."""
        return self.quarter(t)[:7]


def quarters_from(plan: Plan, quarter: str | None) -> range:
    """Quarters planned from a quarter on; all of them where none is named."""
    first = quarter_number(plan.data.settings.first_quarter)
    return range(max(1, quarter_number(quarter) - first + 1) if quarter else 1, plan.times[-1] + 1)
