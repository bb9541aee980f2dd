"""What each supervisor gives, and their fair share of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.page import Chart, Table
from optimiser.rota.dots import dots
from optimiser.words import NOTHING, capital, count, hours, named, percent

if TYPE_CHECKING:
    from optimiser.rota.data import SupervisorLoad
    from optimiser.rota.sections.view import View

MOST_DOTS = 24
"""Supervisors in the dot chart; where there are more, the most and the least loaded."""


def _by_load(view: View) -> list[SupervisorLoad]:
    """Everyone who gives supervision or is on duty and everyone who could, the heaviest loaded for their share first."""
    return sorted(view.load, key=lambda r: (-(r.minutes / r.fair_minutes if r.fair_minutes else float(r.minutes)), r.staff))


def shares(view: View) -> list[float]:
    """What each supervisor gives as a share of their time at work, the smallest first."""
    return sorted(r.minutes / r.at_work_minutes for r in view.load if r.staff in view.pool and r.at_work_minutes)


def load_table(view: View) -> Table:
    """A row for each supervisor: what they give, their share, and duty; what they carry and their early and late sessions where the input has any."""
    remembers = bool(view.data.history)
    odd = bool(view.data.settings.early_before or view.data.settings.late_after)
    rows = tuple(
        (
            view.names.full(r.staff), count(r.sessions), *([count(r.early_or_late)] if odd else []),
            hours(r.minutes), hours(r.fair_minutes), *([hours(r.carried_minutes)] if remembers else []), hours(r.at_work_minutes),
            percent(r.minutes / r.at_work_minutes, 0) if r.at_work_minutes else NOTHING,
            count(r.people), count(r.trainees), count(r.days), count(r.duty_turns), count(r.fair_duty_turns),
        )
        for r in _by_load(view)
    )  # fmt: skip
    heads = (
        "Who", "Sessions", *(["Early or late"] if odd else []), "Given", "Fair share", *(["Carried"] if remembers else []), "At work",
        "Given of work", "People", "Trainees", "Days", "Turns", "Fair share",
    )  # fmt: skip
    groups = (("", 2 + odd), ("Hours in the week", 4 + remembers), ("Supervised", 3), ("Duty", 2))
    note = "A fair share is in proportion to hours at work. Days are those on which supervision is given."
    if remembers:
        note += " Carried is what was given beyond fair shares in the weeks before, as far as it is made good now: it is taken off the fair share."
    if odd:
        note += " Early or late sessions are counted whether given or received."
    return Table("load", "What each supervisor gives, the heaviest loaded first", heads, rows, "h" + "r" * (len(heads) - 1), groups=groups, note=note)


def load_chart(view: View) -> Chart | None:
    """Hours given against fair shares; none without supervisors."""
    loads = [r for r in _by_load(view) if r.staff in view.pool]
    if not loads:
        return None
    shown = loads if len(loads) <= MOST_DOTS else [*loads[: MOST_DOTS // 2], *loads[-(MOST_DOTS // 2) :]]
    above = sum(r.minutes > r.fair_minutes for r in loads)
    title = "Supervision given against fair shares"
    sentence = f"{capital(named(above, 'supervisor'))} of {count(len(loads))} {'gives' if above == 1 else 'give'} more than a fair share."
    if len(shown) < len(loads):
        sentence += f" Shown are the {MOST_DOTS // 2} heaviest and the {MOST_DOTS // 2} lightest loaded; all are in the table below."
    rows = [(view.names.person(r.staff), r.minutes / 60, r.fair_minutes / 60) for r in shown]
    drawing = dots("load-chart", title, sentence, rows, ("Given (filled dot)", "Fair share (hollow diamond)"), unit="Hours")
    figures = tuple((view.names.full(r.staff), hours(r.minutes), hours(r.fair_minutes)) for r in shown)
    table = Table("load-chart-data", "Hours given and fair share", ("Who", "Given (hours)", "Fair share (hours)"), figures, "hrr")
    return Chart(title, sentence, drawing, table)
