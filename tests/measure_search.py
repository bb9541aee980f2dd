"""Measure how plans are found: the formulations and searches of the table in docs/method.md, each with the same time. Not a test.

``python tests/measure_search.py [--instance DIR] [--seconds 60] [--only NAME]`` prints a row for each way: the bound of the linear
relaxation, seconds to the first plan, the value reached, the bound proved and the gap of the level that is searched.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.plan import search as plan_search
from models.plan.build import build
from models.plan.neighbourhoods import Places
from optimiser import highs, tables
from optimiser.compile import compile_model
from optimiser.plan.data import PlanInput
from optimiser.result import Limits, Progress

WAYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "as on the page": ((), ()),
    "hires, moves and conversions whole too": (("hires", "moves", "conversions"), ()),
    "supervisors' courses in fractions": ((), ("trained",)),
    "posts in fractions": ((), ("posts_units",)),
}
"""Variables made whole, and variables no longer whole, against the page."""


def measure(name: str, data: PlanInput, seconds: float, workers: int) -> None:
    """Print the row of one way."""
    model = build(data, "")
    matrix = compile_model(model)
    whole = matrix.whole.copy()
    for is_whole, variables in zip((True, False), WAYS[name], strict=True):
        for variable in variables:
            whole[matrix.columns_of(getattr(model, variable).values())] = is_whole
    upper = matrix.upper.copy()
    upper[matrix.columns_of(model.short.values())] = 0.0
    matrix = replace(matrix, whole=whole, upper=upper)
    priority = sorted(data.priorities, key=lambda r: r.priority)[1]
    column = matrix.column(model.level[priority.priority])
    cost = np.zeros(len(matrix.lower))
    cost[column] = 1.0 if priority.direction == "min" else -1.0
    relaxed = highs.solve(matrix, cost, seconds=60, relax=True)
    first: list[float] = []

    def tell(progress: Progress) -> None:
        if progress.value is not None and not first:
            first.append(progress.seconds)

    limits = Limits(seconds=seconds, gap=1e-3, workers=workers, tell=tell)
    search = plan_search.Search(matrix, Places.of(model, matrix), limits, time.perf_counter())
    found = plan_search.improve(search, priority, column, last=True)
    value = "none" if found.value is None else f"{abs(found.value):,.0f}"
    bound = "none" if found.bound is None else f"{abs(found.bound):,.0f}"
    gap = "" if found.value is None or found.bound is None else f"{abs(found.value - found.bound) / max(1, abs(found.value)):.2%}"
    how = "HiGHS alone" if workers == 1 else "search beside HiGHS"
    sooner = f"{first[0]:.0f}" if first else "none"
    print(f"| {name}; {how} | {int(whole.sum())} | {abs(relaxed.value or 0):,.0f} | {sooner} | {value} | {bound} | {gap} |", flush=True)


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instance", type=Path, default=Path("instances/plan/north_central_london"))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", choices=list(WAYS))
    asked = parser.parse_args()
    data = tables.read(asked.instance, PlanInput).data
    if data is None:
        raise SystemExit(f"{asked.instance} has errors: see `optimiser check`.")
    print("| way | whole columns | linear bound | first plan, s | value | bound | gap |\n|---|---|---|---|---|---|---|")
    for name in [asked.only] if asked.only else WAYS:
        for workers in (1, 2):
            measure(name, data, asked.seconds, workers)


if __name__ == "__main__":
    main()
