"""Labour markets that services share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.figures import SPARE
from optimiser.words import NOTHING, percent

if TYPE_CHECKING:
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names


def markets_table(f: Figures, n: Names) -> Table:
    """Applicants of each labour market and role, and how many of them the plan's hires take."""
    rows = tuple(
        (
            r.market, r.role, str(len(r.services)), n.people(sum(r.applicants)), n.people(sum(r.taken)), n.wte(r.hires),
            percent(sum(r.taken) / sum(r.applicants), 0) if sum(r.applicants) > SPARE and not n.counts.publishable else NOTHING,
        )
        for r in f.markets
    )  # fmt: skip
    return Table(
        "markets",
        "Labour markets that services share: applicants over the whole plan",
        ("Market", "Role", "Services", "Applicants", "Taken", "Hires (WTE)", "Share taken"),
        rows,
        "hhrrrrr",
        note="A hire takes more than one applicant where the employer, the place or the band draws fewer of them. What one service takes, "
        "no other can hire.",
    )
