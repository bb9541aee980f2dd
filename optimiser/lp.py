"""The relaxation of a whole-number program, by HiGHS: a bound that holds whatever the solver's tolerances, and what each column would cost.

Small programs are solved here as they are, too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import highspy
import numpy as np
from scipy.sparse import csr_matrix, vstack

from optimiser.program import FREE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from optimiser.program import Program

EPSILON = 1e-6
"""Rounding error of a bound, and of what a column would cost."""

TICK, INTERIOR_TICK = 3e-9, 2e-7
"""Ticks of an iteration of the simplex method for each row; of one of the interior point method for each non-zero."""

PATIENCE, LEAST_PATIENCE = 0.4, 10_000
"""Iterations for each row, and at least so many, after which the simplex method is left for the interior point method. Where everything can be
placed the simplex method is several times quicker and ends well before; where not, it may not end within a minute."""


@dataclass(frozen=True)
class Relaxed:
    """Bound of the program (not rounded) and ``reduced`` cost of each column.

    ``x`` is the fractional solution that is best with the other objective in view, None where it was not reached. ``ticks`` is a measure of
    the work done, about a second each, that is the same in every run.
    """

    bound: float
    reduced: NDArray[np.float64]
    x: NDArray[np.float64] | None
    ticks: float

    @property
    def whole_bound(self) -> int:
        """Bound of an objective that is whole."""
        return int(np.ceil(self.bound - EPSILON))

    def worth(self, below: float) -> NDArray[np.bool_]:
        """Columns that may be other than 0 in a solution whose value is at most ``below``."""
        return self.bound + self.reduced <= below + EPSILON


class Relaxation:
    """A program without whole numbers, kept by the solver between one objective and the next."""

    def __init__(self, program: Program) -> None:
        self.matrix: csr_matrix = program.matrix()
        self.lower = np.array(program.lower, dtype=np.float64)
        self.upper = np.array(program.upper, dtype=np.float64)
        self.most = np.array(program.most, dtype=np.float64)
        self._stop: Callable[[], bool] = lambda: False
        self._highs = highspy.Highs()
        self._highs.silent()
        self._highs.setOptionValue("threads", 1)
        self._highs.cbSimplexInterrupt += lambda event: event.interrupt() if self._stop() else None
        self._highs.cbIpmInterrupt += lambda event: event.interrupt() if self._stop() else None
        rows, columns = self.matrix.shape
        self._highs.passModel(
            columns, rows, self.matrix.nnz, int(highspy.MatrixFormat.kRowwise), int(highspy.ObjSense.kMinimize), 0.0,
            np.zeros(columns), np.zeros(columns), self.most, _open(self.lower), _open(self.upper),
            self.matrix.indptr, self.matrix.indices, self.matrix.data, np.zeros(columns, dtype=np.int32),
        )  # fmt: skip

    def hold(self, cost: NDArray[np.int64], upper: int) -> None:
        """Let an objective be no more than a value from here on."""
        at = np.flatnonzero(cost)
        weights = cost[at].astype(np.float64)
        row = csr_matrix((weights, (np.zeros(len(at), dtype=np.int32), at)), shape=(1, len(cost)))
        self.matrix = vstack([self.matrix, row], format="csr")
        self.lower, self.upper = np.append(self.lower, -float(FREE)), np.append(self.upper, float(upper))
        self._highs.addRow(-highspy.kHighsInf, float(upper), len(at), at.astype(np.int32), weights)

    def drop(self, columns: NDArray[np.bool_]) -> None:
        """Let these columns be 0 from here on."""
        self.most[columns] = 0.0
        at = np.flatnonzero(columns).astype(np.int32)
        self._highs.changeColsBounds(len(at), at, np.zeros(len(at)), np.zeros(len(at)))

    def relax(
        self, cost: NDArray[np.int64], around: NDArray[np.int64], *, seconds: float = math.inf, stop: Callable[[], bool] = lambda: False
    ) -> Relaxed:
        """Minimise an objective, starting from the best solution of another that has the first in it.

        An objective that most columns have no part in leaves the solver with a great many bests between which it cannot tell: it is far
        quicker with the other, in which they differ, and from there at once at the first alone. The bound is worked out from the solver's
        prices, so it holds even where the solver stopped early.
        """
        self._stop = stop
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(0.1, seconds))
        self._highs.clearSolver()  # from the last objective's best the solver takes far longer than from nothing
        ticks, reached = self._run(around.astype(np.float64), to_corner=True)
        nearly = np.array(self._highs.getSolution().col_value)
        ticks += self._run(cost.astype(np.float64), to_corner=False)[0]
        solution = self._highs.getSolution()
        prices = np.array(solution.row_dual) if solution.dual_valid else np.zeros(len(self.lower))
        # A price may lean only on a limit that there is.
        prices[((prices > 0) & (self.lower <= -FREE)) | ((prices < 0) & (self.upper >= FREE))] = 0.0
        reduced = cost - self.matrix.T @ prices
        leaning = np.where(prices > 0, self.lower, self.upper)
        bound = float(prices[prices != 0] @ leaning[prices != 0]) + float(np.minimum(reduced, 0.0) @ self.most)
        return Relaxed(bound, np.maximum(reduced, 0.0), nearly if reached else None, ticks)

    def _run(self, cost: NDArray[np.float64], *, to_corner: bool) -> tuple[float, bool]:
        """Minimise an objective from where the solver is: the ticks it took, and whether the end was reached."""
        highs, rows = self._highs, len(self.lower)
        highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        highs.setOptionValue("solver", "simplex")
        highs.setOptionValue("simplex_iteration_limit", max(LEAST_PATIENCE, int(PATIENCE * rows)))
        highs.run()
        ticks = float(highs.getInfo().simplex_iteration_count) * rows * TICK
        if highs.getModelStatus() == highspy.HighsModelStatus.kIterationLimit:
            highs.clearSolver()
            highs.setOptionValue("solver", "ipm")
            highs.setOptionValue("run_crossover", "on" if to_corner else "off")
            highs.setOptionValue("simplex_iteration_limit", int(highspy.kHighsIInf))  # it tidies up
            highs.run()
            ticks += float(highs.getInfo().ipm_iteration_count) * self.matrix.nnz * INTERIOR_TICK
        return ticks, highs.getModelStatus() == highspy.HighsModelStatus.kOptimal


def best(program: Program, whole: Sequence[int], cost: NDArray[np.int64], nodes: int) -> NDArray[np.float64]:
    """Minimise an objective with these columns whole and the others not; the same in every run.

    Raises RuntimeError where no solution is found within so many nodes of the tree.
    """
    matrix = program.matrix()
    rows, columns = matrix.shape
    if not columns:
        return np.zeros(0)
    highs = highspy.Highs()
    highs.silent()
    for name, setting in (("threads", 1), ("mip_rel_gap", 0.0), ("mip_max_nodes", nodes)):
        highs.setOptionValue(name, setting)
    kinds = np.zeros(columns, dtype=np.int32)
    kinds[list(whole)] = int(highspy.HighsVarType.kInteger)
    highs.passModel(
        columns, rows, matrix.nnz, int(highspy.MatrixFormat.kRowwise), int(highspy.ObjSense.kMinimize), 0.0,
        cost.astype(np.float64), np.zeros(columns), np.array(program.most, dtype=np.float64),
        _open(np.array(program.lower, dtype=np.float64)), _open(np.array(program.upper, dtype=np.float64)),
        matrix.indptr, matrix.indices, matrix.data, kinds,
    )  # fmt: skip
    highs.run()
    if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        raise RuntimeError(f"the solver found nothing: {highs.modelStatusToString(highs.getModelStatus())}")
    return np.array(highs.getSolution().col_value)


def _open(limits: NDArray[np.float64]) -> NDArray[np.float64]:
    found = limits.copy()
    found[limits >= FREE], found[limits <= -FREE] = highspy.kHighsInf, -highspy.kHighsInf
    return found
