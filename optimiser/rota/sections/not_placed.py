"""What is not placed, and other musts that are bent."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.rota.sections.rules import BENT_HEADS, bent_row
from optimiser.words import capital, named

if TYPE_CHECKING:
    from optimiser.rota.data import Bent
    from optimiser.rota.sections.view import View


def not_placed_table(view: View) -> Table:
    """What is not placed, why, and what would help; what is longest overdue first."""
    needs = {(n.staff, n.kind, n.form): n for n in view.needs}
    rows = []
    for row in view.answer.not_placed:
        need = needs.get((row.staff, row.kind, row.form))
        late = (need.since or 0 if need.form == "owed" else need.overdue) if need else 0
        form = view.names.form(row.staff, row.kind, row.form)
        because, helps = view.names.text(row.because), view.names.text(row.help)
        what = f"{view.names.kind(row.kind)}, {form}" + (f", {need.minutes} minutes" if need else "")
        when = named(late, "week") if late else "not due yet" if need and need.early else "now due"
        rows.append((-late, (view.names.full(row.staff), what, when, capital(row.cause), because, helps)))
    heads = ("Who", "What", "Overdue by", "Nearest cause", "Because", "What would help")
    ordered = tuple(cells for _, cells in sorted(rows, key=lambda r: r[0]))
    return Table("not-placed", "Supervision that falls due and is not placed", heads, ordered, "hlllll")


def musts_table(view: View) -> Table:
    """Musts that are bent, needs that are not met apart; the hours of a day in one row."""
    places: dict[tuple[str, ...], list[Bent]] = defaultdict(list)
    for row in view.musts_bent:
        places[row.rule, row.staff, row.session, row.item, row.date].append(row)
    return Table("musts", "Musts that are bent", BENT_HEADS, tuple(bent_row(view, *rows) for rows in places.values()), "hlllll")
