"""Musts that are not met, and ways out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.figures import SPARE
from optimiser.plan.sections.names import decimals, stream_name
from optimiser.words import named, number, pounds, quarter_words

if TYPE_CHECKING:
    from optimiser.plan.data import Shortfall
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names

_SHORT: dict[str, tuple[str, str, str]] = {
    "B1": ("Budget", "£", "Add the money, move it from another year or stream, or establish fewer posts."),
    "B3": ("A service's own floor or ceiling", "£", "Move money or posts between services, or change what the service may spend."),
    "B2": ("Pay bill of the year after the plan", "£", "Agree more recurrent money for that year, or end the plan with fewer posts."),
    "S1": ("Supervision hours", "hours a week", "Train supervisors sooner, buy the hours in, or let fewer staff start."),
    "S3": ("Trainees for each supervisor", "people", "Train supervisors sooner, or start smaller cohorts."),
    "T6": ("Trainees for each qualified clinician", "people", "Start smaller cohorts, or fill qualified posts first."),
    "R1": ("Room hours", "hours", "Rent or open more rooms, or see more people by video or telephone."),
    "C2": ("Clinicians' hours for courses already started", "hours", "Bring in agency hours for the quarter, or spread the courses carried over."),
    "C7": ("Employment advisers", "WTE", "Fund and recruit more advisers, or ask for one to more clinicians."),
    "C9": ("Integrated courses", "courses", "Train more staff for integrated care, or ask for a smaller share of the growth."),
}

_LIMIT_FIX = "Move the limit to what is possible, drop it, or take away another that stands against it."


def _short(value: float, unit: str, n: Names) -> str:
    if unit == "£":
        return pounds(n.counts.pounds(value))
    return f"{n.people(value, decimals(value))} {unit}".strip() if unit in ("people", "") else f"{number(value, decimals(value))} {unit}"


def shortfalls_table(f: Figures, n: Names) -> Table:
    """What is short, where, when, by how much, and the ways out: one row for each must, service and item."""
    grouped: dict[tuple[str, str, str], list[Shortfall]] = defaultdict(list)
    for r in f.answer.shortfalls:
        if r.short > SPARE:
            grouped[r.rule, r.service, r.item].append(r)
    rows = []
    for (rule, service, item), found in grouped.items():
        name, unit, fix = _SHORT.get(rule, (f"Limit: {rule}", "", _LIMIT_FIX))
        if item:
            name += f": {stream_name(item) if unit == '£' else n.any(item)}"
        amounts = [f"{_short(r.short, unit, n)}{' in ' + quarter_words(r.quarter) if r.quarter else ''}" for r in found[:3]]
        if len(found) > 3:
            worst = max(found, key=lambda r: r.short)
            amounts.append(f"{named(len(found) - 3, 'more period')}, at worst {_short(worst.short, unit, n)} in {quarter_words(worst.quarter)}")
        rows.append((name, n.services.get(service, service), "; ".join(amounts), fix))
    return Table("shortfalls", "What is short, by how much, and ways out", ("Must", "Where", "Short by", "Ways out"), tuple(rows), "hlll")
