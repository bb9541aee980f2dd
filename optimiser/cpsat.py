"""CP-SAT: runs a model and is the only reader of the solver's statuses; progress, cancel, time, workers and seed are handled here."""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from ortools.sat.python import cp_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

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
