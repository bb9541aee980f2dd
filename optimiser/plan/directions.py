"""The other direction: not the most good within the money, but the least money that meets the targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.data import Objective, PlanInput, Priority
from optimiser.result import Finding

if TYPE_CHECKING:
    from optimiser.plan.data import Limit

_ACTIVITY = ("completed", "recovered", "entering", "starts", "came")
_STAFF = ("staff", "posts", "posts_filled")

NO_TARGETS = Finding(
    "error",
    "IN-13",
    "Limits",
    "The least money that meets the targets is asked for, and there are no targets: it would be to do as little as possible.",
    "Add a row for each target, such as: decision completed (or recovered, or entering), scope total, sense at least, value 2400, from 2027/28 Q1 to "
    "2027/28 Q4, for one service or for all.",
)


def is_target(limit: Limit) -> bool:
    """Whether a limit asks for something that costs money: activity, staff, or a shorter queue."""
    if limit.decision == "waiting":
        return limit.sense != "at least"
    return limit.decision in (*_ACTIVITY, *_STAFF) and limit.sense != "at most" and limit.value > 0


def targets(data: PlanInput) -> tuple[Limit, ...]:
    """Limits that hold for the plan itself and are targets."""
    return tuple(limit for limit in data.limits if not limit.option and is_target(limit))


def least_cost(data: PlanInput) -> PlanInput:
    """The same input with other priorities: unmet musts first, then cost, then all else as it was weighed.

    Whatever the instance weighs beside musts and cost keeps its order and weights after them; a level that is left with nothing goes.
    """
    priorities = [
        Priority(priority=1, name="Unmet musts", direction="min"),
        Priority(priority=2, name="Cost", direction="min"),
    ]
    objectives = [
        Objective(priority=1, term="unmet_musts", weight=1, reason="Targets, supervision and budgets come before money saved"),
        Objective(priority=2, term="cost", weight=1, reason="The least money that meets the targets"),
    ]
    taken = {p.name for p in priorities}
    for level in sorted(data.priorities, key=lambda p: p.priority):
        rest = [o for o in data.objectives if o.priority == level.priority and o.term not in ("unmet_musts", "cost")]
        if not rest:
            continue
        place = len(priorities) + 1
        name = level.name if level.name not in taken else f"{level.name} (rest)"
        priorities.append(level.model_copy(update={"priority": place, "name": name}))
        objectives += [o.model_copy(update={"priority": place}) for o in rest]
    return data.model_copy(update={"priorities": tuple(priorities), "objectives": tuple(objectives)})


def is_least_cost(data: PlanInput) -> bool:
    """Whether cost is what comes next after the musts."""
    levels = [
        ({o.term for o in data.objectives if o.priority == p.priority and o.weight}, p.direction)
        for p in sorted(data.priorities, key=lambda p: p.priority)
    ]
    return levels[:2] == [({"unmet_musts"}, "min"), ({"cost"}, "min")] and bool(targets(data))
