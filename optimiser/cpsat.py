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
    # Left to itself the solver takes Ctrl-C over while it runs, and gives it back to nobody: the next would kill the program.
    settings: dict[str, Any] = {"num_workers": workers, "random_seed": seed, "catch_sigint_signal": False, **(options or {})}
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
    """A whole-number program as a model of the solver, narrowed to the columns ``kept``; all others stay at their ``values``."""

    cp: cp_model.CpModel
    kept: NDArray[np.int64]
    variables: list[Any]
    values: NDArray[np.int64]

    def minimise(self, cost: NDArray[np.int64], lower: int = 0, upper: int = 2**50) -> None:
        """Set the objective, and say between which values it is looked for."""
        at = np.flatnonzero(cost[self.kept])
        others = int(cost @ self.values)
        weights = cost[self.kept[at]].tolist()
        self.cp.minimize(cp_model.LinearExpr.weighted_sum([self.variables[n] for n in at], weights) + others if len(at) else others)
        self.cp.proto.objective.domain.extend([lower - others, upper - others])

    def hint(self, values: NDArray[np.int64]) -> dict[int, int]:
        """Values of columns by the solver's own numbers."""
        return dict(enumerate(values[self.kept].tolist()))

    def read(self, values: Sequence[int]) -> NDArray[np.int64]:
        """Values of every column of the program."""
        found = self.values.copy()
        found[self.kept] = values[: len(self.kept)]
        return found


def whole(
    matrix: csr_matrix,
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    most: NDArray[np.float64],
    keep: NDArray[np.bool_],
    values: NDArray[np.int64] | None = None,
) -> Whole:
    """Hand over the columns that are kept, and of the rows those that can still bind, as clauses wherever they are some.

    Columns that are not kept stay at their ``values`` (0 where none are given); those that can only be 0 beside them are not handed over either.
    """
    values = np.where(keep, 0, 0 if values is None else values)
    taken = matrix @ values
    lower, upper = lower - taken, upper - taken
    kept = _open(matrix, lower, upper, most, np.flatnonzero(keep))
    part = matrix[:, kept]
    room = most[kept]
    smallest, largest = _extremes(part, room)
    cp = cp_model.CpModel()
    variables = [cp.new_bool_var("") if top == 1 else cp.new_int_var(0, int(top), "") for top in room.tolist()]
    negative = part.data < 0
    clause = _in_row(part, (np.abs(part.data) != 1) | (room[part.indices] != 1)) == 0
    negated = _in_row(part, negative)
    literals = [*variables, *variables]
    for column in np.unique(part.indices[negative & (room[part.indices] == 1)]).tolist():
        literals[len(kept) + column] = ~variables[column]
    literal, weight, start = np.where(negative, part.indices + len(kept), part.indices).tolist(), part.data.tolist(), part.indptr.tolist()
    low, high = np.maximum(lower, smallest).tolist(), np.minimum(upper, largest).tolist()
    for row in np.flatnonzero((largest > upper) | (smallest < lower)).tolist():
        entries = slice(start[row], start[row + 1])
        if low[row] > high[row]:
            cp.add_bool_or([])  # beside these values the row cannot be kept
        elif clause[row]:
            _clause(cp, [literals[n] for n in literal[entries]], low[row], high[row], int(negated[row]))
        else:
            total = cp_model.LinearExpr.weighted_sum([variables[c] for c in part.indices[entries].tolist()], [int(w) for w in weight[entries]])
            cp.add_linear_constraint(total, int(low[row]), int(high[row]))
    return Whole(cp, kept, variables, values)


def _in_row(part: csr_matrix, which: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many of these entries each row has."""
    before = np.concatenate([[0], np.cumsum(which)])
    found: NDArray[np.int64] = before[part.indptr[1:]] - before[part.indptr[:-1]]
    return found


def _extremes(part: csr_matrix, room: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Smallest and largest each row can be."""
    ones = part.copy()
    ones.data = np.minimum(part.data, 0.0)
    smallest = ones @ room
    ones.data = np.maximum(part.data, 0.0)
    return smallest, ones @ room


def _open(
    matrix: csr_matrix, lower: NDArray[np.float64], upper: NDArray[np.float64], most: NDArray[np.float64], kept: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Columns that can be other than 0: no row forbids a single unit of them, whatever the others are."""
    while True:
        kept = kept[most[kept] > 0]
        part = matrix[:, kept].tocoo()
        smallest, largest = _extremes(matrix[:, kept], most[kept])
        forbidden = np.where(part.data > 0, smallest[part.row] + part.data > upper[part.row], largest[part.row] + part.data < lower[part.row])
        if not forbidden.any():
            return kept
        can = np.ones(len(kept), dtype=np.bool_)
        can[part.col[forbidden]] = False
        kept = kept[can]


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
