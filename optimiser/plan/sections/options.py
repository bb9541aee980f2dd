"""The options side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.charts import MOST_SERIES, lines
from optimiser.page import Chart, Table
from optimiser.plan.figures import SPARE
from optimiser.plan.sections.names import figures_table
from optimiser.words import NOTHING, better, capital, count, listing, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optimiser.plan.data import PlanAnswer
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names
    from optimiser.result import Solved


def sure(solved: Solved[PlanAnswer]) -> str:
    """How much better an answer of this option could exist, in words."""
    if solved.answer is None:
        return NOTHING
    return capital(better(solved.outcome.gap))


def _musts(f: Figures) -> str:
    short = [r for r in f.answer.shortfalls if r.short > SPARE]
    return str(len(short)) if short else "none"


def options_table(entries: Sequence[tuple[Solved[PlanAnswer], Figures | None]], n: Names) -> Table:
    """Options side by side, one column each, in the order given."""
    roles = next((f.roles for _, f in entries if f), ())
    year = next((f.last_full_year for _, f in entries if f), "")
    measures: list[tuple[str, list[str]]] = []

    def measure(name: str, cells: Iterable[str]) -> None:
        measures.append((name, list(cells)))

    figures = [f for _, f in entries]
    measure("Cost over the plan (£)", [n.pounds(f.cost) if f else NOTHING for f in figures])
    measure(f"Cost in {year} (£)", [n.pounds(f.cost_by_year[year]) if f else NOTHING for f in figures])
    measure("Courses completed", [n.people(sum(f.queue("completed"))) if f else NOTHING for f in figures])
    measure("Reliable recoveries", [n.people(sum(f.queue("recovered"))) if f else NOTHING for f in figures])
    measure("People waiting too long, average", [n.people(sum(f.queue("too_long")) / len(f.quarters)) if f else NOTHING for f in figures])
    measure("People waiting too long, at the end", [n.people(f.queue("too_long")[-1]) if f else NOTHING for f in figures])
    measure("All staff in post at the end (WTE)", [n.wte(sum(v[-1] for v in f.staff_by_role.values())) if f else NOTHING for f in figures])
    for role in roles:
        measure(f"{role} in post at the end (WTE)", [n.wte(f.staff_by_role[role][-1]) if f else NOTHING for f in figures])
    measure("Graduates given a post (expected, WTE)", [n.wte(f.converted) if f else NOTHING for f in figures])
    measure("Permanent posts to offer to graduates", [n.people(f.permanent_offers) if f else NOTHING for f in figures])
    measure("Graduates lost (WTE)", [n.wte(f.lost) if f else NOTHING for f in figures])
    measure("Least supervision to spare (hours a week)", [number(f.headroom, 1) if f else NOTHING for f in figures])
    measure("Outreach (hours)", [count(f.outreach_hours) if f else NOTHING for f in figures])
    if any(f and f.data.communities for f in figures):
        measure("People short of their community's share", [n.people(sum(r.short for r in f.answer.access)) if f else NOTHING for f in figures])
    if any(f and f.data.representation for f in figures):
        measure(
            "Staff of groups short of the share wanted, at the end (WTE)",
            [n.wte(sum(r.short for r in f.answer.representation if r.quarter == f.quarters[-1])) if f else NOTHING for f in figures],
        )
    measure("Musts not met", [_musts(f) if f else "no plan found in the time" for f in figures])
    measure("How good it is", [sure(s) for s, _ in entries])
    return Table(
        "options",
        "What each option costs and brings over the whole plan",
        ("Measure", *(n.options[s.option] for s, _ in entries)),
        tuple((name, *cells) for name, cells in measures),
        "h" + "r" * len(entries),
    )


def options_chart(entries: Sequence[tuple[Solved[PlanAnswer], Figures | None]], n: Names) -> Chart | None:
    """People waiting too long under each option, quarter by quarter; None with nothing to compare."""
    known = [(n.options[s.option], f) for s, f in entries if f][-MOST_SERIES:]
    if len(known) < 2:
        return None
    title = "People waiting too long, by option"
    ends = listing([f"{n.people(f.queue('too_long')[-1])} under {name}" for name, f in known])
    series = [n.figure(name, f.queue("too_long")) for name, f in known]
    sentence = f"People who wait beyond the standard at the end of each quarter, both steps of care together. In the last quarter: {ends}."
    labels = known[0][1].quarters
    drawing = lines("options-waiting", title, sentence, labels, series, unit="people")
    rows = [(name, f.queue("too_long")) for name, f in known]
    return Chart(title, sentence, drawing, figures_table("options-waiting", title, labels, rows, n, 0))
