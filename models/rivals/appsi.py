"""Pyomo's own interface to HiGHS, which keeps the model and takes notice of what changes in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.contrib.appsi.solvers import Highs

from models.rivals.threads import threads_of_its_own
from optimiser.bench.record import Skipped
from optimiser.highs import INFINITY

if TYPE_CHECKING:
    from pyomo.environ import ConcreteModel

    from optimiser.result import Limits


def handed_over(model: ConcreteModel) -> Highs:
    """Give a solver that holds the model, which has an objective.

    Raises
    ------
    Skipped
        The interface cannot run here.
    """
    solver = Highs()
    if not solver.available():
        raise Skipped("Pyomo's interface to HiGHS needs Pyomo's compiled extensions, which are not here (`pyomo build-extensions`).")
    solver.config.load_solution = False
    solver.set_instance(model)
    return solver


def size(solver: Highs) -> dict[str, int]:
    """Rows, columns and non-zeros of what the solver holds."""
    kept = solver._solver_model
    return {"rows": kept.getNumRow(), "columns": kept.getNumCol(), "non_zeros": kept.getNumNz()}


def solve(solver: Highs, model: ConcreteModel, limits: Limits, seconds: float, *, start: bool) -> tuple[float | None, float | None]:
    """Solve for the model's active objective and load what is found; with ``start`` from what the variables hold. Gives value and bound.

    It tells nothing until it is done, and hears of no stop.
    """
    solver.config.warmstart = start
    solver.highs_options = {"time_limit": seconds, "mip_rel_gap": limits.gap, "random_seed": limits.seed, "threads": limits.workers}
    with threads_of_its_own():
        result = solver.solve(model)
    bound = result.best_objective_bound
    bound = None if bound is None or abs(bound) >= INFINITY else float(bound)
    if result.best_feasible_objective is None:
        return None, bound
    solver.load_vars()
    return float(result.best_feasible_objective), bound
