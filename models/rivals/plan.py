"""Rivals of the search for plans: the same model handed to HiGHS in other ways, a model written in another way, and HiGHS left alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import highspy
import numpy as np
from pyomo.environ import ConcreteModel, Objective, Var, maximize, minimize
from scipy import sparse

from models.plan import search
from models.plan.build import build
from models.plan.read_back import amounts, level_value, load, read_back
from models.rivals import appsi
from models.rivals.in_order import settle, sign
from models.rivals.plan_rules.search import pyomo_rules
from models.rivals.threads import threads_of_its_own
from optimiser import highs
from optimiser.compile import compile_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.rivals.in_order import Result, Tell
    from optimiser.highs import Matrix
    from optimiser.plan.data import PlanAnswer, PlanInput, Priority
    from optimiser.result import Limits

__all__ = ["highs_alone", "matrix", "pyomo_appsi", "pyomo_rules"]


def highs_alone(data: PlanInput, limits: Limits) -> Result:
    """Our own search without what it does beside HiGHS: musts first, then level by level, HiGHS by itself on the whole problem.

    From 20 services on it is on one service at a time, as ours. With one worker this is ours.
    """
    return search.solve(data, "", replace(limits, workers=1))


def matrix(data: PlanInput, limits: Limits) -> Result:
    """Entries that lie ready as numpy arrays, put into sparse rows and straight to HiGHS: the least that building and handing over can take.

    What it took to work the entries out is not counted.
    """
    model = build(data, "")
    compiled = compile_model(model)
    rows, columns = len(compiled.row_lower), len(compiled.lower)
    entries = sparse.csc_matrix((compiled.value, compiled.index, compiled.start), shape=(rows, columns)).tocsr().tocoo()
    nothing, whole = np.zeros(columns), compiled.whole.astype(np.int32)
    began = time.perf_counter()
    body = sparse.csr_matrix((entries.data, (entries.row, entries.col)), shape=(rows, columns))
    solver = highspy.Highs()
    solver.silent()
    solver.passModel(
        columns, rows, body.nnz, int(highspy.MatrixFormat.kRowwise), int(highspy.ObjSense.kMinimize), 0.0, nothing, compiled.lower,
        compiled.upper, compiled.row_lower, compiled.row_upper, body.indptr, body.indices, body.data, whole,
    )  # fmt: skip
    seconds = {"build": 0.0, "hand_over": time.perf_counter() - began}
    return settle(data, _Raw(model, compiled, limits), limits, seconds)


def pyomo_appsi(data: PlanInput, limits: Limits) -> Result:
    """Our own builder's model through Pyomo's own interface to HiGHS in place of ours: the difference is the handing over."""
    began = time.perf_counter()
    model = build(data, "")
    built = time.perf_counter()
    way = _Appsi(model, limits)
    seconds = {"build": built - began, "hand_over": time.perf_counter() - built}
    return settle(data, way, limits, seconds)


@dataclass
class _Raw:
    """HiGHS on the arrays."""

    model: ConcreteModel
    matrix: Matrix
    limits: Limits
    x: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        self.size = self.matrix.size

    def solve(self, priority: Priority, seconds: float, tell: Tell) -> tuple[float | None, float | None]:
        way, cost = sign(priority), np.zeros(len(self.matrix.lower))
        cost[self.column(priority)] = way

        def turned(amount: float | None) -> float | None:
            return None if amount is None else way * amount

        with threads_of_its_own():
            found = highs.solve(
                self.matrix, cost, seconds=seconds, gap=self.limits.gap, start=self.x, seed=self.limits.seed, stop=self.limits.stop.is_set,
                tell=lambda value, bound, _: tell(turned(value), turned(bound)), options={"threads": self.limits.workers},
            )  # fmt: skip
        self.x = self.x if found.x is None else found.x
        return turned(found.value), turned(found.bound)

    def column(self, priority: Priority) -> int:
        return self.matrix.column(self.model.level[priority.priority])

    def value(self, priority: Priority) -> float:
        assert self.x is not None
        load(self.model, amounts(self.model, self.matrix, self.x))
        return level_value(self.model, priority.priority)

    def hold(self, priority: Priority, limit: float) -> None:
        (self.matrix.upper if priority.direction == "min" else self.matrix.lower)[self.column(priority)] = limit

    def answer(self) -> PlanAnswer:
        return read_back(self.model)


class _Appsi:
    """Pyomo's own interface to HiGHS."""

    def __init__(self, model: ConcreteModel, limits: Limits) -> None:
        self.model, self.limits = model, limits
        model.objective = Objective(expr=0.0)
        self.solver = appsi.handed_over(model)
        self.size = appsi.size(self.solver)
        self.solved = False

    def solve(self, priority: Priority, seconds: float, tell: Tell) -> tuple[float | None, float | None]:
        self.model.del_component("objective")
        self.model.objective = Objective(expr=self.model.level[priority.priority], sense=minimize if sign(priority) > 0 else maximize)
        found = appsi.solve(self.solver, self.model, self.limits, seconds, start=self.solved)
        self.solved |= found[0] is not None
        return found

    def value(self, priority: Priority) -> float:
        matrix = compile_model(self.model)
        x = np.zeros(len(matrix.lower))
        for variable in self.model.component_data_objects(Var):
            column = matrix.column(variable)
            if column >= 0:
                x[column] = (variable.lb or 0.0) if variable.value is None else variable.value
        load(self.model, amounts(self.model, matrix, x))
        return level_value(self.model, priority.priority)

    def hold(self, priority: Priority, limit: float) -> None:
        variable = self.model.level[priority.priority]
        (variable.setub if priority.direction == "min" else variable.setlb)(limit)

    def answer(self) -> PlanAnswer:
        return read_back(self.model)
