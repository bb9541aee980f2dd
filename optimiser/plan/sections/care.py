"""People waiting and courses completed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.charts import stacked_bars
from optimiser.page import Chart
from optimiser.plan.data import STEPS
from optimiser.plan.sections.names import STEP_WORDS, figures_table
from optimiser.words import capital

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names


def queue_charts(f: Figures, baseline: tuple[str, Figures] | None, n: Names) -> list[Chart]:
    """People waiting at each step, then completed courses; the baseline option as a line across each."""
    charts = []
    for step in STEPS:
        if not any(r.step == step for r in f.answer.queues):
            continue
        waiting, late = f.queue("waiting", step), f.queue("too_long", step)
        soon = tuple(max(0.0, w - x) for w, x in zip(waiting, late, strict=True))
        title = f"People waiting: {STEP_WORDS[step]}"
        sentence = f"People waiting at the end of each quarter: {n.people(waiting[0])} after the first, {n.people(waiting[-1])} after the last"
        sentence += f", of whom {n.people(late[-1])} beyond the standard."
        columns: list[tuple[str, Sequence[float]]] = [("Within the standard", soon), ("Too long", late), ("All waiting", waiting)]
        line = None
        if baseline:
            other = baseline[1].queue("waiting", step)
            line = n.figure(baseline[0], other)
            columns.append((f"All waiting: {baseline[0]}", other))
        series = [n.figure("Within the standard", soon), n.figure("Too long", late)]
        drawing = stacked_bars(f"waiting-{step}", title, sentence, f.quarters, series, unit="people", line=line)
        charts.append(Chart(title, sentence, drawing, figures_table(f"waiting-{step}", title, f.quarters, columns, n, 0)))
    steps = [step for step in STEPS if any(f.queue("completed", step))]
    if not steps:
        return charts
    title = "Completed courses"
    total = sum(f.queue("completed"))
    sentence = f"{n.people(total)} courses are completed over the plan"
    columns = [(capital(STEP_WORDS[step]), f.queue("completed", step)) for step in steps]
    series = [n.figure(capital(STEP_WORDS[step]), f.queue("completed", step)) for step in steps]
    columns += [("All", f.queue("completed")), ("Reliable recoveries", f.queue("recovered"))]
    line = None
    if baseline:
        other = baseline[1].queue("completed")
        sentence += f", against {n.people(sum(other))} under {baseline[0]}"
        line = n.figure(baseline[0], other)
        columns.append((f"All: {baseline[0]}", other))
    sentence += "."
    drawing = stacked_bars("completed", title, sentence, f.quarters, series, unit="courses a quarter", line=line)
    charts.append(Chart(title, sentence, drawing, figures_table("completed", title, f.quarters, columns, n, 0)))
    return charts
