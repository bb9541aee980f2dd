"""Rooms, and how full they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.figures import SPARE, tally
from optimiser.plan.sections.names import decimals, or_nothing
from optimiser.words import NOTHING, count, number, percent, quarter_words

if TYPE_CHECKING:
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names


def rooms_table(f: Figures, n: Names) -> Table:
    """Rooms of every site, those rented in each year, and how full they are when they are fullest."""
    rented = tally(((r.service, r.site, r.year), float(r.rooms)) for r in f.answer.rooms)
    rows = []
    for r in f.data.rooms:
        use = [f.room_hours[r.service, r.site, q] for q in f.quarters]
        fill = [needed / there if there else float(needed > SPARE) for needed, there in use]
        when = f.quarters[fill.index(max(fill))]
        short = sum(max(0.0, needed - there) for needed, there in use)
        told = (f"{percent(max(fill), 0)}, {quarter_words(when)}", count(short) if short > SPARE else NOTHING)
        extra = (or_nothing(number(rented[r.service, r.site, y])) for y in f.years)
        rows.append((n.services[r.service], r.site or "Whole service", number(r.rooms, decimals(r.rooms)), *extra, *told))
    return Table(
        "rooms",
        "Rooms for face-to-face treatment",
        ("Service", "Site", "Rooms", *(f"Rented {y}" for y in f.years), "Fullest", "Short (hours, whole plan)"),
        () if n.counts.publishable else tuple(rows),
        "hhr" + "r" * len(f.years) + "lr",
        note="Hours of courses that are given face to face, against the hours in which the site's rooms are open.",
    )
