"""HiGHS: a matrix handed over as arrays and solved; the only reader of the solver's statuses."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

INFINITY = float(highspy.kHighsInf)


class Ended(Enum):
    """How one solve ended."""

    PROVED = "proved best within the gap asked"
    STOPPED = "stopped by time, by the user or by a limit, with or without a solution"
    IMPOSSIBLE = "proved to have no solution"


@dataclass(frozen=True)
class Matrix:
    """A mixed-integer model as arrays: rows in compressed columns, bounds, whole columns.

    ``first`` and ``place`` say where the model's variables went (:meth:`columns`).
    """

    start: NDArray[np.int32]
    index: NDArray[np.int32]
    value: NDArray[np.float64]
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    whole: NDArray[np.bool_]
    first: Mapping[int, tuple[int, int]] = field(default_factory=dict, repr=False)
    place: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False)

    @property
    def size(self) -> dict[str, int]:
        """Rows, columns, whole columns and non-zeros."""
        return {
            "rows": len(self.row_lower),
            "columns": len(self.lower),
            "whole_columns": int(self.whole.sum()),
            "non_zeros": len(self.value),
        }

    def columns(self, variable: Any) -> NDArray[np.int64]:
        """Columns of a Pyomo variable, one for each thing that it stands for; -1 where it has none: it is in no row, or can only be 0."""
        first, width = self.first.get(id(variable), (0, 0))
        return self.place[first : first + width] if width else np.array([-1])

    def column(self, variable: Any) -> int:
        """Column of a variable that stands for itself alone; -1 where it has none."""
        (column,) = self.columns(variable)
        return int(column)

    def columns_of(self, variables: Iterable[Any]) -> NDArray[np.int64]:
        """All columns that these variables have."""
        found = np.concatenate([np.zeros(0, dtype=np.int64), *(self.columns(variable) for variable in variables)])
        return found[found >= 0]


@dataclass(frozen=True)
class Found:
    """What one solve gave: ``x`` is None where no solution was found, ``bound`` where none was proved.

    ``prices`` are the dual values of rows and of columns, where nothing was whole and the solve came to its end.
    """

    ended: Ended
    x: NDArray[np.float64] | None
    value: float | None
    bound: float | None
    seconds: float
    prices: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None


def with_bounds(matrix: Matrix, lower: NDArray[np.float64], upper: NDArray[np.float64]) -> Matrix:
    """The same rows with other bounds on the columns."""
    return replace(matrix, lower=lower, upper=upper)


def solve(
    matrix: Matrix,
    cost: NDArray[np.float64],
    *,
    seconds: float,
    gap: float = 0.0,
    relax: bool = False,
    start: NDArray[np.float64] | None = None,
    seed: int = 0,
    stop: Callable[[], bool] = lambda: False,
    tell: Callable[[float | None, float | None, NDArray[np.float64] | None], None] = lambda _value, _bound, _x: None,
    options: dict[str, Any] | None = None,
) -> Found:
    """Minimise ``cost`` over the matrix.

    ``relax`` drops wholeness. ``start`` is a solution to start from (whole columns suffice). ``stop`` is asked many times a second;
    ``tell`` hears the value, the bound and, when it is new, the solution. ``gap`` is relative. Whole columns of ``x`` are rounded.
    """
    began = time.perf_counter()
    whole = matrix.whole & (not relax)
    highs = highspy.Highs()
    highs.silent()
    for name, setting in {
        "time_limit": max(0.0, seconds),
        "mip_rel_gap": gap,
        "mip_abs_gap": 0.0,
        "random_seed": seed,
        "threads": 1,
        **({"solver": "ipm"} if relax else {}),
        **(options or {}),
    }.items():
        highs.setOptionValue(name, setting)
    rows, columns = len(matrix.row_lower), len(matrix.lower)
    highs.passModel(
        columns, rows, len(matrix.value), int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMinimize), 0.0,
        cost, matrix.lower, matrix.upper, matrix.row_lower, matrix.row_upper,
        matrix.start, matrix.index, matrix.value, whole.astype(np.int32),
    )  # fmt: skip
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(start)
        highs.setSolution(solution)

    def heard(event: Any, x: NDArray[np.float64] | None = None) -> None:
        value, bound = event.data_out.mip_primal_bound, event.data_out.mip_dual_bound
        # Between ruling out all else and telling of the better solution found there, HiGHS gives the limit under which it looked for its bound.
        sound = abs(bound) < INFINITY and (abs(value) >= INFINITY or value - bound > max(gap, 1e-5) * abs(value))
        tell(value if abs(value) < INFINITY else None, bound if sound else None, x)
        if stop():
            event.interrupt()

    def improved(event: Any) -> None:
        x = np.array(event.data_out.mip_solution, dtype=np.float64)
        x[whole] = np.round(x[whole])
        heard(event, x)

    def asked(event: Any) -> None:
        if stop():
            event.interrupt()

    if whole.any():
        highs.cbMipImprovingSolution += improved
        highs.cbMipInterrupt += heard
    else:
        highs.cbSimplexInterrupt += asked
        highs.cbIpmInterrupt += asked
    highs.run()
    found = _read(highs, bool(whole.any()), whole, time.perf_counter() - began)
    if start is not None and whole.any() and found.ended is Ended.PROVED and highs.getInfo().simplex_iteration_count <= 0:
        # Where presolve leaves no objective HiGHS takes any start for the best. It has done hardly any work by then: ask it again without one.
        highs.clearSolver()
        highs.run()
        again = _read(highs, True, whole, time.perf_counter() - began)
        if again.x is not None:
            found = again
    return found


def _read(highs: highspy.Highs, mixed: bool, whole: NDArray[np.bool_], seconds: float) -> Found:
    status, info = highs.getModelStatus(), highs.getInfo()
    ended = {
        highspy.HighsModelStatus.kOptimal: Ended.PROVED,
        highspy.HighsModelStatus.kModelEmpty: Ended.PROVED,
        highspy.HighsModelStatus.kInfeasible: Ended.IMPOSSIBLE,
        highspy.HighsModelStatus.kUnboundedOrInfeasible: Ended.IMPOSSIBLE,
    }.get(status, Ended.STOPPED)
    x = None
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        x = np.array(highs.getSolution().col_value, dtype=np.float64)
        x[whole] = np.round(x[whole])
    value = float(info.objective_function_value) if x is not None else None
    bound: float | None
    prices = None
    if mixed:
        bound = float(info.mip_dual_bound) if abs(info.mip_dual_bound) < INFINITY else None
    else:
        bound = value if ended is Ended.PROVED else None
        if bound is not None:
            solution = highs.getSolution()
            prices = np.array(solution.row_dual, dtype=np.float64), np.array(solution.col_dual, dtype=np.float64)
    return Found(ended, x, value, bound, seconds, prices)
