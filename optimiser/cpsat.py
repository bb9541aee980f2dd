"""CP-SAT: runs a model and is the only reader of the solver's statuses; progress, cancel, time, workers and seed are handled here."""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
from ortools.sat.python import cp_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

HEARTBEAT = 0.05
"""Seconds between two looks at whether a run is to stop."""

TICKS = 1.0
"""Deterministic time of the solver that stands for a second, where the same answer is wanted every time."""


class Ended(Enum):
    """How one solve ended."""

    PROVED = "proved best"
    STOPPED = "stopped by time, by the user or by a limit, with or without a solution"
    IMPOSSIBLE = "proved to have no solution"


@dataclass(frozen=True)
class Found:
    """What one solve gave: ``values`` by number of variable are None where no solution was found, ``bound`` where none was proved.

    ``ticks`` is the solver's own measure of its work, which is the same in every run with one worker.
    """

    ended: Ended
    values: Sequence[int] | None
    value: int | None
    bound: int | None
    seconds: float
    ticks: float


class _Heard(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]  # OR-Tools gives no types for it
    """Passes every solution on."""

    def __init__(self, tell: Callable[[int, int | None, Sequence[int]], None]) -> None:
        super().__init__()
        self._tell = tell
        self.fault: BaseException | None = None

    def on_solution_callback(self) -> None:
        """Hear a solution; what goes wrong is raised when the solver is back."""
        try:
            self._tell(round(self.objective_value), _whole(self.best_objective_bound), list(self.response_proto.solution))
        except BaseException as fault:  # an exception must not cross the solver's own threads
            self.fault = fault
            self.stop_search()


def solve(
    model: cp_model.CpModel,
    *,
    seconds: float,
    workers: int = 2,
    seed: int = 0,
    reproducible: bool = False,
    hint: Mapping[int, int] | None = None,
    stop: Callable[[], bool] = lambda: False,
    tell: Callable[[int, int | None, Sequence[int]], None] = lambda _value, _bound, _values: None,
    bounded: Callable[[int], None] = lambda _bound: None,
    options: Mapping[str, Any] | None = None,
) -> Found:
    """Minimise a model.

    Parameters
    ----------
    model : CpModel
        With an objective.
    seconds : float
        Time allowed; where ``reproducible``, as many of the solver's own ticks instead, whatever the clock says.
    workers, seed : int
        Threads of the solver and its seed.
    hint : mapping, optional
        Value of each variable (by number) in a solution to start from; in part will do.
    stop : callable
        Asked many times a second whether to stop.
    tell, bounded : callable
        Hear every solution (value, bound, values) and every bound.
    options : mapping, optional
        Further parameters of the solver.

    Returns
    -------
    Found
        Values are whole numbers.
    """
    began = time.perf_counter()
    solver = cp_model.CpSolver()
    settings: dict[str, Any] = {"num_workers": workers, "random_seed": seed, **(options or {})}
    solver.parameters.subsolvers.extend(settings.pop("subsolvers", []))
    settings["max_deterministic_time" if reproducible else "max_time_in_seconds"] = max(0.0, seconds * (TICKS if reproducible else 1.0))
    for name, setting in settings.items():
        setattr(solver.parameters, name, setting)
    model.clear_hints()
    for number, value in (hint or {}).items():
        model.add_hint(model.get_int_var_from_proto_index(number), value)
    heard = _Heard(tell)
    solver.best_bound_callback = lambda bound: bounded(_whole(bound) or 0)
    with _watched(solver, stop):
        status = solver.solve(model, heard)
    if heard.fault is not None:
        raise heard.fault
    return _read(solver, status, time.perf_counter() - began)


@contextmanager
def _watched(solver: cp_model.CpSolver, stop: Callable[[], bool]) -> Iterator[None]:
    """Stop the solver from beside it as soon as it is to stop."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(HEARTBEAT):
            if stop():
                solver.stop_search()

    watcher = threading.Thread(target=watch, name="watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _read(solver: cp_model.CpSolver, status: Any, seconds: float) -> Found:
    ended = {
        cp_model.OPTIMAL: Ended.PROVED,
        cp_model.INFEASIBLE: Ended.IMPOSSIBLE,
        cp_model.FEASIBLE: Ended.STOPPED,
        cp_model.UNKNOWN: Ended.STOPPED,
    }.get(status)
    if ended is None:
        raise ValueError(f"the model is not one the solver takes: {solver.solution_info()}")
    ticks = float(solver.deterministic_time)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Found(ended, None, None, None, seconds, ticks)
    values = list(solver.response_proto.solution)
    return Found(ended, values, round(solver.objective_value), _whole(solver.best_objective_bound), seconds, ticks)


def _whole(bound: float) -> int | None:
    """Bound of an objective that is whole: rounded up, rounding error apart; None where there is none yet."""
    return None if abs(bound) > 1e15 else math.ceil(bound - 1e-6)


@dataclass(frozen=True)
class Whole:
    """A whole-number program as a model of the solver, narrowed to the columns ``kept``; all others are 0."""

    cp: cp_model.CpModel
    kept: NDArray[np.int64]
    variables: list[Any]
    size: int

    def minimise(self, cost: NDArray[np.int64], lower: int) -> None:
        """Set the objective, and say how low it can be at best."""
        total = self._sum(cost)
        self.cp.minimize(total)
        if not isinstance(total, int):
            self.cp.add(total >= lower)

    def fix(self, columns: NDArray[np.int64]) -> None:
        """Let these columns be 1, as far as they are kept."""
        wanted = set(columns.tolist())
        for variable, column in zip(self.variables, self.kept.tolist(), strict=True):
            if column in wanted:
                self.cp.add(variable == 1)

    def _sum(self, cost: NDArray[np.int64]) -> Any:
        at = np.flatnonzero(cost[self.kept])
        return cp_model.LinearExpr.weighted_sum([self.variables[n] for n in at], cost[self.kept[at]].tolist()) if len(at) else 0

    def hint(self, values: Mapping[int, int]) -> dict[int, int]:
        """Values of columns by the solver's own numbers."""
        return {n: values[column] for n, column in enumerate(self.kept.tolist()) if column in values}

    def read(self, values: Sequence[int]) -> NDArray[np.int64]:
        """Values of every column of the program."""
        found = np.zeros(self.size, dtype=np.int64)
        found[self.kept] = values[: len(self.kept)]
        return found


def whole(matrix: csr_matrix, lower: NDArray[np.float64], upper: NDArray[np.float64], most: NDArray[np.float64], keep: NDArray[np.bool_]) -> Whole:
    """Hand over the columns that are kept, and of the rows those that can still bind, as clauses wherever they are some."""
    kept = np.flatnonzero(keep)
    part = matrix[:, kept]
    room = most[kept]
    ones = part.copy()
    ones.data = np.maximum(part.data, 0.0)
    largest = ones @ room
    ones.data = np.minimum(part.data, 0.0)
    smallest = ones @ room
    cp = cp_model.CpModel()
    variables = [cp.new_bool_var("") if top == 1 else cp.new_int_var(0, int(top), "") for top in room]
    binary = room == 1
    for row in np.flatnonzero((largest > upper) | (smallest < lower)):
        at = slice(part.indptr[row], part.indptr[row + 1])
        columns, weights = part.indices[at], part.data[at]
        low, high = max(lower[row], smallest[row]), min(upper[row], largest[row])
        if binary[columns].all() and (np.abs(weights) == 1).all():
            _clause(
                cp, [variables[c] if w > 0 else ~variables[c] for c, w in zip(columns, weights, strict=True)], low, high, int((weights < 0).sum())
            )
        else:
            total = cp_model.LinearExpr.weighted_sum([variables[c] for c in columns], [int(w) for w in weights])
            cp.add_linear_constraint(total, int(low), int(high))
    return Whole(cp, kept, variables, matrix.shape[1])


def _clause(cp: cp_model.CpModel, literals: list[Any], low: float, high: float, negated: int) -> None:
    """Let the number of true literals, less those negated, lie between two limits."""
    fewest, largest = int(low) + negated, int(high) + negated
    if largest == 1 and fewest == 1:
        cp.add_exactly_one(literals)
    elif largest == 1 and fewest <= 0:
        cp.add_at_most_one(literals)
    elif fewest == 1 and largest >= len(literals):
        cp.add_bool_or(literals)
    elif fewest <= 0 and largest == len(literals) - 1:
        cp.add_bool_or([~literal for literal in literals])
    else:
        cp.add_linear_constraint(sum(literals), fewest, largest)
