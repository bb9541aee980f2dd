"""Rivals of the search for plans: the same model handed to HiGHS in other ways, and HiGHS left alone with it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import highspy
import numpy as np
from pyomo.contrib.appsi.solvers import Highs
from pyomo.environ import ConcreteModel, Objective, Var, maximize, minimize

from models.plan import search
from models.plan.build import build
from models.plan.read_back import level_value, load, read_back
from models.rivals.threads import threads_of_its_own
from optimiser import highs
from optimiser.bench.record import Skipped
from optimiser.highs import Ended, Found, Matrix
from optimiser.result import OPTIMAL_GAP, Level, Limits, Outcome, Progress, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from optimiser.plan.data import PlanAnswer, PlanInput, Priority

    Floats = NDArray[np.float64]
    Tell = Callable[[float | None, float | None], None]
    Result = tuple[PlanAnswer | None, Outcome]

__all__ = ["highs_alone", "matrix", "pyomo_appsi"]


def highs_alone(data: PlanInput, limits: Limits) -> Result:
    """Our own search without what it does beside HiGHS: musts first, then level by level, HiGHS by itself on the whole problem."""
    return search.solve(data, "", replace(limits, workers=1))


def matrix(data: PlanInput, limits: Limits) -> Result:
    """Arrays that lie ready, straight to HiGHS: the least that building and handing over can take. What it took to make them is not counted."""
    model = build(data, "")
    compiled = highs.compile_model(model)
    began = time.perf_counter()
    solver = highspy.Highs()
    solver.silent()
    solver.passModel(
        len(compiled.lower), len(compiled.row_lower), len(compiled.value), int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize), 0.0, np.zeros(len(compiled.lower)), compiled.lower, compiled.upper, compiled.row_lower, compiled.row_upper,
        compiled.start, compiled.index, compiled.value, compiled.whole.astype(np.int32),
    )  # fmt: skip
    seconds = {"build": 0.0, "hand_over": time.perf_counter() - began}
    return _in_order(model, _Raw(compiled, limits), limits, seconds)


def pyomo_appsi(data: PlanInput, limits: Limits) -> Result:
    """Pyomo as its book has it: rules one by one into the model, the model through Pyomo's own interface to HiGHS."""
    began = time.perf_counter()
    model = build(data, "")
    built = time.perf_counter()
    way = _Appsi(model, limits)
    seconds = {"build": built - began, "hand_over": time.perf_counter() - built}
    return _in_order(model, way, limits, seconds)


# --- ways to solve a level --------------------------------------------------------------------------------------------


class _Way(Protocol):
    matrix: Matrix
    size: dict[str, int]

    def solve(self, priority: Priority, start: Floats | None, seconds: float, tell: Tell) -> Found:
        """Best value of a level, to be minimised (with a minus where the level is to be large)."""

    def hold(self, priority: Priority, limit: float) -> None:
        """Let a level be no worse than this from here on."""


@dataclass
class _Raw:
    """HiGHS on the arrays."""

    matrix: Matrix
    limits: Limits

    def __post_init__(self) -> None:
        self.size = self.matrix.size

    def solve(self, priority: Priority, start: Floats | None, seconds: float, tell: Tell) -> Found:
        cost = np.zeros(len(self.matrix.lower))
        cost[self.column(priority)] = _sign(priority)
        with threads_of_its_own():
            return highs.solve(
                self.matrix, cost, seconds=seconds, gap=self.limits.gap, start=start, seed=self.limits.seed, stop=self.limits.stop.is_set,
                tell=lambda value, bound, _: tell(value, bound), options={"threads": self.limits.workers},
            )  # fmt: skip

    def column(self, priority: Priority) -> int:
        variable = next(v for v in self.matrix.keep if v.local_name == f"level[{priority.priority}]")
        return self.matrix.column[id(variable)]

    def hold(self, priority: Priority, limit: float) -> None:
        (self.matrix.upper if priority.direction == "min" else self.matrix.lower)[self.column(priority)] = limit


class _Appsi:
    """Pyomo's own interface to HiGHS, which keeps the model and takes notice of what changes in it. It tells nothing until a level is done."""

    def __init__(self, model: ConcreteModel, limits: Limits) -> None:
        self.model, self.limits = model, limits
        self.solver = Highs()
        if not self.solver.available():
            raise Skipped("Pyomo's interface to HiGHS needs Pyomo's compiled extensions, which are not here (`pyomo build-extensions`).")
        variables = list(model.component_data_objects(ctype=Var, active=True))
        nothing, empty = np.zeros(0), np.zeros(0, dtype=np.int32)
        self.matrix = Matrix(
            empty, empty, nothing, nothing, nothing, nothing, nothing, nothing > 0, {id(v): n for n, v in enumerate(variables)}, variables
        )
        model.objective = Objective(expr=0.0)
        self.solver.set_instance(model)
        kept = self.solver._solver_model
        self.size = {"rows": kept.getNumRow(), "columns": kept.getNumCol(), "non_zeros": kept.getNumNz()}

    def solve(self, priority: Priority, start: Floats | None, seconds: float, tell: Tell) -> Found:
        began = time.perf_counter()
        self.model.del_component("objective")
        self.model.objective = Objective(expr=self.model.level[priority.priority], sense=minimize if _sign(priority) > 0 else maximize)
        self.solver.config.load_solution = False
        self.solver.config.warmstart = start is not None
        self.solver.highs_options = {
            "time_limit": seconds, "mip_rel_gap": self.limits.gap, "random_seed": self.limits.seed, "threads": self.limits.workers,
        }  # fmt: skip
        with threads_of_its_own():
            result = self.solver.solve(self.model)
        bound = _known(result.best_objective_bound, _sign(priority))
        if result.best_feasible_objective is None:
            return Found(Ended.STOPPED, None, None, bound, time.perf_counter() - began)
        self.solver.load_vars()
        x = np.array([(v.lb or 0.0) if v.value is None else v.value for v in self.matrix.keep])
        value = _sign(priority) * float(result.best_feasible_objective)
        tell(value, bound)
        return Found(Ended.STOPPED, x, value, bound, time.perf_counter() - began)

    def hold(self, priority: Priority, limit: float) -> None:
        variable = self.model.level[priority.priority]
        (variable.setub if priority.direction == "min" else variable.setlb)(limit)


def _known(bound: float | None, sign: float) -> float | None:
    return None if bound is None or abs(bound) >= highs.INFINITY else sign * bound


def _sign(priority: Priority) -> float:
    return 1.0 if priority.direction == "min" else -1.0


# --- levels in order --------------------------------------------------------------------------------------------------


def _in_order(model: ConcreteModel, way: _Way, limits: Limits, seconds: dict[str, float]) -> Result:
    """Settle one level after the other, each with most of the time that is left; later ones may give up what is allowed of earlier ones."""
    began = time.perf_counter()
    trace: list[Progress] = []
    priorities = sorted(model.facts.data.priorities, key=lambda r: r.priority)
    x: Floats | None = None
    bounds: list[float | None] = []
    for k, priority in enumerate(priorities):
        left = 0.0 if limits.stop.is_set() else max(0.0, limits.seconds - (time.perf_counter() - began))

        def tell(value: float | None, bound: float | None, priority: Priority = priority) -> None:
            sign = _sign(priority)
            now = (None if value is None else sign * value, None if bound is None else sign * bound)
            if not trace or (trace[-1].level, trace[-1].value, trace[-1].bound) != (priority.name, *now):
                trace.append(Progress(priority.name, time.perf_counter() - began, *now))
                limits.tell(trace[-1])

        found = way.solve(priority, x, left * (search.LEVEL_SHARE if k < len(priorities) - 1 else 1.0), tell)
        tell(found.value, found.bound)
        x = x if found.x is None else found.x
        if x is None:
            break
        bounds.append(None if found.bound is None else _sign(priority) * found.bound)
        load(model, way.matrix, x)
        value = level_value(model, priority.priority)
        room = (priority.tolerance + 1e-9) * max(1.0, abs(value)) + search.SLACK * 10**k
        way.hold(priority, value + _sign(priority) * room)
    seconds["solve"] = time.perf_counter() - began
    if x is None:
        return None, Outcome(Status.NOT_FOUND, (), seconds, tuple(trace), way.size)
    levels = tuple(Level(r.name, r.direction, level_value(model, r.priority), bound) for r, bound in zip(priorities, bounds, strict=True))
    answer = read_back(model)
    seconds["read_back"] = time.perf_counter() - began - seconds["solve"]
    return answer, Outcome(_status(model, priorities[0], levels), levels, seconds, tuple(trace), way.size)


def _status(model: ConcreteModel, first: Priority, levels: tuple[Level, ...]) -> Status:
    weighed = {r.term for r in model.facts.data.objectives if r.priority == first.priority and r.weight > 0}
    if weighed == {"unmet_musts"} and first.direction == "min" and levels[0].value > search.MET:
        return Status.INFEASIBLE
    return Status.OPTIMAL if all(level.gap <= OPTIMAL_GAP for level in levels) else Status.FEASIBLE
