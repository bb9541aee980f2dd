"""The figures that are assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.sections.names import decimals
from optimiser.words import number

if TYPE_CHECKING:
    from optimiser.plan.data import Assumption, PlanInput

SURENESS = {"A": "A: official source seen", "B": "B: secondary, or one service", "C": "C: weak", "D": "D: derived", "": ""}


def assumptions_table(data: PlanInput) -> Table:
    """Assumptions with their range, sureness and source."""

    def cell(value: float | None) -> str:
        return "" if value is None else number(value, decimals(value, 4))

    def told(r: Assumption) -> str:
        return "; ".join(part for part in (r.source, r.date, r.owner, r.note) if part)

    rows = tuple((r.item, cell(r.low), cell(r.central), cell(r.high), r.unit, SURENESS[r.sureness], told(r)) for r in data.assumptions)
    return Table("assumptions", "Figures that are assumed", ("What", "Low", "Used", "High", "Unit", "How sure", "Source and notes"), rows, "hrrrlll")
