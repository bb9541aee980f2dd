"""Levels of a plan in order, for every rival that knows how to solve one of them."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from models.plan.search import LEVEL_SHARE, MET
from optimiser.result import OPTIMAL_GAP, Level, Limits, Outcome, Progress, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimiser.plan.data import PlanAnswer, PlanInput, Priority

    Tell = Callable[[float | None, float | None], None]
    Result = tuple[PlanAnswer | None, Outcome]


SLACK = 1e-5
"""Room left when the first level is held, ten times as much for each later one: a rival's answer is not worked out anew before it is held."""


class Way(Protocol):
    """A model handed over to a solver. Values and bounds are those of the level, whichever way it is to go."""

    size: dict[str, int]

    def solve(self, priority: Priority, seconds: float, tell: Tell) -> tuple[float | None, float | None]:
        """Solve for a level, from the solution of the one before; value (None where none was found) and bound (None where none was proved)."""

    def value(self, priority: Priority) -> float:
        """Value of a level at the last solution."""

    def hold(self, priority: Priority, limit: float) -> None:
        """Let a level be no worse than this from here on."""

    def answer(self) -> PlanAnswer:
        """The last solution as an answer."""


def settle(data: PlanInput, way: Way, limits: Limits, seconds: dict[str, float]) -> Result:
    """Settle one level after the other, each with most of the time that is left; later ones may give up what is allowed of earlier ones."""
    began = time.perf_counter()
    trace: list[Progress] = []
    priorities = sorted(data.priorities, key=lambda r: r.priority)
    found = False
    settled: list[Level] = []
    for k, priority in enumerate(priorities):
        left = 0.0 if limits.stop.is_set() else max(0.0, limits.seconds - (time.perf_counter() - began))

        def tell(value: float | None, bound: float | None, priority: Priority = priority) -> None:
            if not trace or (trace[-1].level, trace[-1].value, trace[-1].bound) != (priority.name, value, bound):
                trace.append(Progress(priority.name, time.perf_counter() - began, value, bound))
                limits.tell(trace[-1])

        value, bound = way.solve(priority, left * (LEVEL_SHARE if k < len(priorities) - 1 else 1.0), tell)
        tell(value, bound)
        found |= value is not None
        if not found:
            break
        reached = way.value(priority)
        settled.append(Level(priority.name, priority.direction, reached, bound))
        room = (priority.tolerance + 1e-9) * max(1.0, abs(reached)) + SLACK * 10**k
        way.hold(priority, reached + sign(priority) * room)
    seconds["solve"] = time.perf_counter() - began
    if not found:
        return None, Outcome(Status.NOT_FOUND, (), seconds, tuple(trace), way.size)
    answer = way.answer()
    terms = {row.term: row.value for row in answer.terms}
    levels = tuple(
        replace(level, value=sum((o.weight * terms[o.term] for o in data.objectives if o.priority == r.priority), 0.0))
        for r, level in zip(priorities, settled, strict=True)
    )
    seconds["read_back"] = time.perf_counter() - began - seconds["solve"]
    if levels[0].value > MET and _weighs_only_musts(data, priorities[0]):
        status = Status.INFEASIBLE
    else:  # as it was settled, before later levels took what they may
        status = Status.OPTIMAL if all(level.gap <= OPTIMAL_GAP for level in settled) else Status.FEASIBLE
    return answer, Outcome(status, levels, seconds, tuple(trace), way.size)


def sign(priority: Priority) -> float:
    """1 where a level is to be small, -1 where it is to be large."""
    return 1.0 if priority.direction == "min" else -1.0


def _weighs_only_musts(data: PlanInput, level: Priority) -> bool:
    return level.direction == "min" and {r.term for r in data.objectives if r.priority == level.priority and r.weight > 0} == {"unmet_musts"}
