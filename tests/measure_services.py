"""Measure how England is planned as services and quarters grow: the table and the chart of docs/method.md. Not a test.

``python tests/measure_services.py SERVICES:QUARTERS:SECONDS … [--gap 0.01] [--whole] [--chart FILE]`` prints a row for each, every one in a fresh
process. ``--whole`` leaves them to the search of the whole. The services are those of England with most referrals.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import resource
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from instances.plan.build import england
from models.plan import decompose
from models.plan.search import solve
from optimiser.charts import Axis, Curve, curves, log_axis
from optimiser.plan.check import check
from optimiser.result import Limits

if TYPE_CHECKING:
    from optimiser.result import Progress

NEAR = (0.05, 0.02, 0.01)
Row = dict[str, float]


def measure(services: int, quarters: int, seconds: float, gap: float, whole: bool) -> Row:
    """One plan: its size, when the first plan and each gap were there, what was reached; the check must have nothing to say."""
    data = england(quarters, services)
    row: Row = {"services": services, "quarters": quarters, "first": math.nan, **{f"{near:.0%}": math.nan for near in NEAR}}

    def tell(told: Progress) -> None:
        if told.value is not None:
            row["first"] = told.seconds if math.isnan(row["first"]) else row["first"]
            for near in NEAR:
                if told.bound is not None and abs(told.value - told.bound) <= near * abs(told.value) and math.isnan(row[f"{near:.0%}"]):
                    row[f"{near:.0%}"] = told.seconds

    decompose.MANY = 10**6 if whole else 1
    answer, outcome = solve(data, "", Limits(seconds=seconds, gap=gap, workers=2, tell=tell))
    if answer is not None and (faults := check(data, answer).findings):
        raise SystemExit("\n".join(map(str, faults)))
    peak = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    ready = outcome.seconds["build"] + outcome.seconds["hand_over"]
    return row | {"columns": outcome.size["columns"], "ready": ready, "gap": outcome.gap, "solve": outcome.seconds["solve"], "memory": max(peak)}


def told(row: Row) -> str:
    """Return a row of the table."""
    moments = ["–" if math.isnan(row[key]) else f"{row[key]:.0f}" for key in ("first", *(f"{near:.0%}" for near in NEAR))]
    size = f"| {row['services']:.0f} | {row['quarters']:.0f} | {row['columns']:,.0f} | {row['ready']:.1f} |"
    return f"{size} {' | '.join(moments)} | {row['gap']:.2%} after {row['solve']:.0f} s | {row['memory']:,.0f} |"


def drawn(rows: list[Row], path: Path) -> None:
    """Draw seconds by services, where all have as many quarters."""
    series = [
        Curve(name, tuple((r["services"], r[key]) for r in rows if not math.isnan(r[key])))
        for name, key in (("first plan", "first"), ("within 2%", "2%"), ("within 1%", "1%"))
    ]
    most = max(r["services"] for r in rows)
    across = Axis("services", tuple((float(n), f"{n}") for n in range(0, 20 * math.ceil(most / 20) + 1, 20)))
    up = log_axis("seconds", [point[1] for s in series for point in s.points])
    text = "Seconds until the first plan, and until it is proved within 2% and 1% of the best, by number of services; two workers."
    drawing = str(curves("england", "England by number of services", text, series, across, up))
    path.write_text(drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="+")
    parser.add_argument("--gap", type=float, default=0.01)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--chart", type=Path)
    asked = parser.parse_args()
    print("| services | quarters | columns | built and handed over, s | first plan, s | 5%, s | 2%, s | 1%, s | gap | most memory of a process, MB |")
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
    rows = []
    for size in asked.sizes:
        services, quarters, seconds = (int(part) for part in size.split(":"))
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
            rows.append(alone.submit(measure, services, quarters, seconds, asked.gap, asked.whole).result())
        print(told(rows[-1]), flush=True)
    if asked.chart:
        drawn([row for row in rows if row["quarters"] == rows[0]["quarters"]], asked.chart)


if __name__ == "__main__":
    main()
