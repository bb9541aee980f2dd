"""Money spent and available, what services may spend, what outcomes earn, and cost by item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.charts import Series, grouped_bars
from optimiser.page import Chart, Table
from optimiser.plan.check import outcome_payment_rows, service_money_rows
from optimiser.plan.figures import SPARE, tally
from optimiser.plan.sections.names import STEP_WORDS, stream_name
from optimiser.words import NOTHING, capital, count, pounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names

ITEMS = {
    "posts": "Posts established",
    "trainees": "Trainees' pay",
    "fees": "Course fees",
    "supervisor courses": "Supervisors' courses",
    "recruitment": "Recruitment",
    "releases": "Ended contracts",
    "over establishment": "Staff above the posts established",
    "reduced hours": "Reduced hours",
    "moves": "Moves",
    "outreach": "Outreach workers",
    "digital": "Digital courses",
    "rooms": "Rented rooms",
    "targeted places": "Targeted places",
    "interpreters": "Interpreters",
    "retention": "Retention measures",
}


def money_charts(f: Figures, n: Names) -> list[Chart]:
    """Money spent and available by year, a chart for each stream, since streams differ much in size."""
    charts = []
    for place, stream in enumerate(f.streams):
        spent, available = f.money(stream)
        top = max([*spent, *(available or ())])
        scale, unit = (1e6, "£ million") if top >= 2e6 else (1e3, "£ thousand")
        title = f"Money: {stream_name(stream)}"
        told = f"{pounds(sum(map(n.counts.pounds, spent)))} spent over the plan"
        if available is not None:
            told += f" of {pounds(sum(available))} available"
        sentence = f"{told}{'' if available is not None else '; no budget is set for it'}."
        series = [Series("Spent", tuple(max(0.0, n.counts.pounds(v)) / scale for v in spent))]
        if available is not None:
            series.append(Series("Available", tuple(max(0.0, v) / scale for v in available)))
        key = f"money-{place}"
        rows = tuple(
            (y, n.pounds(spent[i]), n.pounds(available[i]) if available else NOTHING, n.pounds(available[i] - spent[i]) if available else NOTHING)
            for i, y in enumerate(f.years)
        )
        table = Table(f"{key}-figures", f"{title} (£)", ("Year", "Spent", "Available", "Left"), rows, "hrrr")
        charts.append(Chart(title, sentence, grouped_bars(key, title, sentence, f.years, series, unit=unit, narrow=True), table))
    return charts


def budget_table(f: Figures, n: Names) -> Table:
    """Every budget row of the years planned."""
    earned = bool(f.data.outcome_payments)
    rows = tuple(
        (
            stream_name(r.stream), r.year, n.services.get(r.service, r.service), n.pounds(r.amount), *([n.pounds(r.earned)] if earned else []),
            n.pounds(r.carried_in), n.pounds(r.carried_out), n.pounds(r.spent), n.pounds(r.available - r.spent),
        )
        for stream in f.streams
        for r in f.budget
        if r.stream == stream
    )  # fmt: skip
    heads = ("Stream", "Year", "For", "Budget", *(["Earned"] if earned else []), "Carried in", "Carried out", "Spent", "Left")
    return Table("budget", "Every budget, what is carried over and what is spent (£)", heads, rows, f"hhlrrrrr{'r' if earned else ''}")


def service_money_table(f: Figures, n: Names) -> Table:
    """What services spend against their floors and ceilings."""
    spent = tally(key for r in f.answer.spend for key in (((r.service, r.year, r.stream), r.pounds), ((r.service, r.year, ""), r.pounds)))
    short = {(r.service, r.quarter, r.item): r.short for r in f.answer.shortfalls if r.rule == "B3" and r.short > SPARE}

    def kept(key: tuple[str, str, str], floor: float) -> str:
        if key not in short:
            return "kept"
        return f"{pounds(n.counts.pounds(short[key]))} {'under the floor' if spent[key] < floor else 'over the ceiling'}"

    rows = tuple(
        (
            n.services[r.service], r.year, stream_name(r.stream) if r.stream else "All streams",
            n.pounds(r.floor_pounds) if r.floor_pounds else NOTHING, NOTHING if r.ceiling_pounds is None else n.pounds(r.ceiling_pounds),
            n.pounds(spent[r.service, r.year, r.stream]), kept((r.service, r.year, r.stream), r.floor_pounds),
        )
        for r in service_money_rows(f.data, f.answer.option)
    )  # fmt: skip
    heads = ("Service", "Year", "Stream", "Floor", "Ceiling", "Spent", "In the plan")
    return Table("service-money", "What each service may spend, at least and at most (£)", heads, rows, "hhlrrrl")


def outcomes_table(f: Figures, n: Names) -> Table:
    """What outcomes earn, and where the money goes."""
    found = {(r.service, r.step, r.measure, r.year): r for r in f.answer.outcome_income}
    rows = []
    for r in outcome_payment_rows(f.data, f.answer.option):
        row = found.get((r.service, r.step, r.measure, r.year))
        reached, earned = (row.reached, row.pounds) if row else (0.0, 0.0)
        rows.append(
            (
                n.services[r.service], r.year, f"{capital(r.measure)}, {STEP_WORDS[r.step]}", n.people(reached), count(r.threshold),
                pounds(r.payment_pounds), n.pounds(earned), n.pounds(r.cap_pounds), f"{stream_name(r.stream)}, {r.paid}",
            )
        )  # fmt: skip
    heads = ("Service", "Year", "Outcome", "Reached", "Paid above", "For each", "Earned (£)", "At most (£)", "Paid into")
    return Table("outcomes", "What outcomes earn", heads, tuple(rows), "hhlrrrrrl")


def cost_tables(f: Figures, n: Names) -> list[Table]:
    """Cost by item, and by stream, in every year."""
    by_item = tally(((str(r.item), r.year), r.pounds) for r in f.answer.spend)
    by_stream = tally(((r.stream, r.year), r.pounds) for r in f.answer.spend)

    def table(key: str, what: str, sums: Mapping[tuple[str, str], float], names: Mapping[str, str]) -> Table:
        rows = [
            (name, *(n.pounds(sums[k, y]) for y in f.years), n.pounds(sum(sums[k, y] for y in f.years)))
            for k, name in names.items()
            if any(abs(sums[k, y]) > SPARE for y in f.years)
        ]
        rows.append(("All", *(n.pounds(f.cost_by_year[y]) for y in f.years), n.pounds(f.cost)))
        heads = (what, *f.years, "Whole plan")
        note = "Rounded to the nearest thousand pounds, so sums may differ in the last figure."
        return Table(key, f"Cost by {what.lower()} (£)", heads, tuple(rows), "h" + "r" * (len(f.years) + 1), last_is_total=True, note=note)

    return [table("cost-items", "Item", by_item, ITEMS), table("cost-streams", "Stream", by_stream, {s: stream_name(s) for s in f.streams})]
