"""Each service in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.data import STEPS
from optimiser.plan.figures import tally
from optimiser.words import NOTHING, number

if TYPE_CHECKING:
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names


def _wait(weeks: float | None) -> str:
    return NOTHING if weeks is None else number(weeks, 1)


def services_table(f: Figures, n: Names) -> Table:
    """A row for each service: staff, cost, what it achieves, and waits at the start and at the end."""
    start = tally((s, wte) for (s, _), wte in f.staff_at_start.items())
    end = tally((s, wte) for (s, _, q), wte in f.staff.items() if q == f.quarters[-1])
    cost = tally((r.service, r.pounds) for r in f.answer.spend)
    completed, recovered = tally((r.service, r.completed) for r in f.answer.queues), tally((r.service, r.recovered) for r in f.answer.queues)
    rows = []
    for s in f.data.services:
        waits = [_wait(w) for step in STEPS for w in (f.wait_weeks(s.service, step) if (s.service, step) in f.care else (None, None))]
        k = s.service
        rows.append((s.name, n.wte(start[k]), n.wte(end[k]), n.pounds(cost[k]), n.people(completed[k]), n.people(recovered[k]), *waits))
    return Table(
        "services",
        "Each service: staff, cost, courses and waits",
        ("Service", "Now", "At the end", "Cost (£)", "Completed courses", "Reliable recoveries", "Now", "At the end", "Now", "At the end"),
        tuple(rows),
        "h" + "r" * 9,
        groups=(("", 1), ("Staff in post (WTE)", 2), ("Whole plan", 3), ("Wait, low intensity (weeks)", 2), ("Wait, high intensity (weeks)", 2)),
        note=f"Waits are averages: people waiting over courses started in a week. {NOTHING} means that none are started.",
    )
