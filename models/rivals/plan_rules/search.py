"""The model built, handed to HiGHS by Pyomo's own interface, and solved level by level."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pyomo.environ import ConcreteModel, value

from models.rivals import appsi
from models.rivals.in_order import settle
from models.rivals.plan_rules import levels, rules, sets
from models.rivals.plan_rules.known import knows
from models.rivals.plan_rules.read_back import read_back

if TYPE_CHECKING:
    from models.rivals.in_order import Result, Tell
    from optimiser.plan.data import PlanAnswer, PlanInput, Priority
    from optimiser.result import Limits


def build(data: PlanInput) -> ConcreteModel:
    """Model of an instance without its options."""
    m = ConcreteModel(name="plan by rules")
    sets.declare(m, data)
    rules.declare(m)
    rules.constrain(m)
    levels.declare(m, data)
    return m


def pyomo_rules(data: PlanInput, limits: Limits) -> Result:
    """Solve a model of the page's own rules, one rule function for each, through ``appsi_highs``; Python's garbage collector as it comes."""
    knows(data)
    began = time.perf_counter()
    model = build(data)
    built = time.perf_counter()
    way = _Rules(model, data, limits)
    seconds = {"build": built - began, "hand_over": time.perf_counter() - built}
    return settle(data, way, limits, seconds)


class _Rules:
    """One objective active at a time; what is settled becomes a constraint."""

    def __init__(self, model: ConcreteModel, data: PlanInput, limits: Limits) -> None:
        self.model, self.data, self.limits = model, data, limits
        self.objective = model.component(f"level_{model.LEVELS.first()}")
        self.objective.activate()
        self.solver = appsi.handed_over(model)
        self.size = appsi.size(self.solver)
        self.solved = False

    def solve(self, priority: Priority, seconds: float, tell: Tell) -> tuple[float | None, float | None]:
        self.objective.deactivate()
        self.objective = self.model.component(f"level_{priority.priority}")
        self.objective.activate()
        found = appsi.solve(self.solver, self.model, self.limits, seconds, start=self.solved)
        self.solved |= found[0] is not None
        return found

    def value(self, priority: Priority) -> float:
        return float(value(self.model.component(f"level_{priority.priority}")))

    def hold(self, priority: Priority, limit: float) -> None:
        expression = self.model.component(f"level_{priority.priority}").expr
        self.model.held.add(expression <= limit if priority.direction == "min" else expression >= limit)

    def answer(self) -> PlanAnswer:
        return read_back(self.model, self.data)
