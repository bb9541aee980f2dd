"""Hours of supervision needed and available."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.charts import Series, stacked_bars
from optimiser.page import Chart, Table
from optimiser.plan.figures import tally
from optimiser.words import number, quarter_words

if TYPE_CHECKING:
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names


def supervision_charts(f: Figures, n: Names) -> list[Chart]:
    """Hours of supervision needed and available, a chart for each kind."""
    charts = []
    for place, kind in enumerate(n.kinds):
        sums = tally((q, need) for (_, k, q), (need, _) in f.supervision.items() if k == kind)
        cans = tally((q, can) for (_, k, q), (_, can) in f.supervision.items() if k == kind)
        needed, can = tuple(sums[q] for q in f.quarters), tuple(cans[q] for q in f.quarters)
        if not any(needed) and not any(can):
            continue
        spare = [(c - d, q) for d, c, q in zip(needed, can, f.quarters, strict=True)]
        least, when = min(spare)
        title = f"Supervision: {n.kinds[kind]}"
        sentence = (
            f"Hours a week needed and hours that trained supervisors can give, all services. "
            f"{'Most short' if round(least, 1) < 0 else 'Least to spare'}: {number(abs(least), 1)} hours a week, {quarter_words(when)}."
        )
        key = f"supervision-{place}"
        drawing = stacked_bars(
            key, title, sentence, f.quarters, [Series("Needed", needed)], unit="hours a week", line=Series("Can be given", can), narrow=True
        )
        rows = tuple((q, number(d, 1), number(c, 1), number(c - d, 1)) for q, d, c in zip(f.quarters, needed, can, strict=True))
        table = Table(f"{key}-figures", f"{title}: hours a week", ("Quarter", "Needed", "Can be given", "To spare"), rows, "hrrr")
        charts.append(Chart(title, sentence, drawing, table))
    return charts
