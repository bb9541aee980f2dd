"""Benefit per pound: what the plan brings, at the values that the input gives with their sources, against what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.figures import SPARE
from optimiser.plan.kpi import indicators
from optimiser.plan.sections import SURENESS
from optimiser.words import MINUS, NOTHING, number

if TYPE_CHECKING:
    from optimiser.plan.data import Benefit
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections import Names

POUNDS = "£"
"""Unit of the benefits that are added up; those in other units are only counted."""

COUNTED = {"entering": "Person entering treatment", "completed": "Completed course", "recovered": "Reliable recovery"}

NEEDED = (
    "No benefit is valued in pounds, since the input gives no value with a source, and none is built in. To have benefit per pound, fill in the "
    "sheet Benefits: what a reliable recovery is worth (the health gained), what a person treated saves others (days off sick avoided, benefits "
    "not paid, visits to hospital avoided), each with a low, a central and a high value, and where it is from."
)

NOTE = (
    "Values are as the input gives them: not discounted, not brought to other prices, and added up. If two rows value the same good, it counts "
    "twice. Cost is all that the plan charges to budgets, whoever pays; care that goes on after the plan is not counted on either side."
)


@dataclass(frozen=True)
class Benefits:
    """The section: cost for each thing counted, benefits with their sums and ratios (None where nothing is valued), and what to know."""

    cost: Table
    worth: Table | None
    ratios: Table | None
    note: str


def section(f: Figures, baseline: tuple[str, Figures] | None, n: Names) -> Benefits:
    """What a pound brings, for the plan and for what it does and costs more than the option it is compared with."""
    rows = f.data.benefits
    valued = any(r.unit == POUNDS for r in rows)
    note = NOTE if valued else NEEDED
    return Benefits(_cost(f, baseline, n), _worth(f, n) if rows else None, _ratios(f, baseline, n) if valued else None, note)


def _count(f: Figures) -> dict[str, float]:
    """What is counted over the whole plan."""
    found = [r for r in indicators(f) if r.service]
    return {"entering": sum(r.entered for r in found), "completed": sum(r.completed for r in found), "recovered": sum(r.recovered for r in found)}


def _rounded_count(f: Figures, n: Names) -> dict[str, float]:
    """The same, rounded where small numbers are left out: what is worked out from them must not tell them."""
    return {key: n.counts.drawn(value) for key, value in _count(f).items()}


def _cost(f: Figures, baseline: tuple[str, Figures] | None, n: Names) -> Table:
    """Cost over the plan for each person entering treatment, completed course and reliable recovery."""
    counts, mine, cost = _count(f), _rounded_count(f, n), n.counts.pounds(f.cost)
    name, theirs = baseline if baseline else ("", f)
    others, other, dearer = _count(theirs), _rounded_count(theirs, n), cost - n.counts.pounds(theirs.cost)
    rows = []
    for key, what in COUNTED.items():
        row = [what, n.people(counts[key]), _each(cost, mine[key])]
        if baseline:
            more = mine[key] - other[key]
            row += [n.people(counts[key] - others[key], sign=True), _each(dearer, more) if dearer > 0 else NOTHING]
        rows.append(tuple(row))
    heads = ("What", "Number", "Cost for each (£)", *((f"More than under “{name}”", "Further cost for each of these (£)") if baseline else ()))
    return Table("benefit-cost", "What the money buys over the whole plan", heads, tuple(rows), "h" + "r" * (len(heads) - 1))


def _each(pounds: float, count: float) -> str:
    return number(pounds / count) if count > SPARE else NOTHING


def _worth(f: Figures, n: Names) -> Table:
    """Each benefit: number times value, low, central and high."""
    counts = _rounded_count(f, n)
    rows = []
    for r in f.data.benefits:
        amounts = [counts[r.per] * value for value in (r.low, r.central, r.high)]
        values = [number(value, 0 if value >= 100 else 2 if value >= 0.1 else 4) for value in (r.low, r.central, r.high)]
        told = f"{COUNTED[r.per]}: {' / '.join(values)} {r.unit}"
        rows.append(
            (r.benefit, told, *(_rounded(amount, r) for amount in amounts), SURENESS[r.sureness], "; ".join(filter(None, (r.source, r.note))))
        )
    heads = ("Benefit", "Low / central / high value for each", "Low", "Central", "High", "How sure", "Source and notes")
    return Table("benefits", "Benefits over the whole plan", heads, tuple(rows), "hlrrrll")


def _rounded(amount: float, r: Benefit) -> str:
    return number(round(amount, -3)) if r.unit == POUNDS else number(amount, 0 if abs(amount) >= 10 else 1)


def _ratios(f: Figures, baseline: tuple[str, Figures] | None, n: Names) -> Table:
    """Benefits in pounds, cost and their ratio: of the plan, and of what it brings and costs beyond the baseline."""
    mine = _pounds(f, n)
    lines: list[tuple[str, float, float, float, float]] = [("The plan", *mine)]
    if baseline:
        cost, low, central, high = (a - b for a, b in zip(mine, _pounds(baseline[1], n), strict=True))
        lines.append((f"The plan beyond “{baseline[0]}”", cost, low, central, high))
    rows = tuple(
        (name, number(round(cost, -3)), *(cell for worth in worths for cell in (number(round(worth, -3)), _ratio(worth, cost))))
        for name, cost, *worths in lines
    )
    heads = ("", "Cost (£)", *(head for _ in range(3) for head in ("Benefits (£)", "For each £1")))
    groups = (("", 2), ("Low", 2), ("Central", 2), ("High", 2))
    note = f"{NOTHING} stands where nothing more is spent: then there is no pound to set the benefit against."
    return Table("benefit-ratios", "Benefits per pound", heads, rows, "h" + "r" * 7, groups=groups, note=note)


def _pounds(f: Figures, n: Names) -> tuple[float, float, float, float]:
    """Cost, and benefits in pounds at low, central and high values."""
    counts = _rounded_count(f, n)
    rows = [r for r in f.data.benefits if r.unit == POUNDS]
    low, central, high = (sum(counts[r.per] * getattr(r, value) for r in rows) for value in ("low", "central", "high"))
    return n.counts.pounds(f.cost), low, central, high


def _ratio(worth: float, cost: float) -> str:
    return f"£{worth / cost:.2f}".replace("£-", f"{MINUS}£") if cost >= 1 else NOTHING
