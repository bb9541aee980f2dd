"""Courses in other languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.figures import SPARE
from optimiser.words import NOTHING, count, percent

if TYPE_CHECKING:
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names


def languages_table(f: Figures, n: Names) -> Table:
    """Courses that need a language, who gives them, and what interpreters cost; no rows where small numbers are left out."""
    rows = tuple(
        (
            n.services[r.service], r.language, n.people(r.courses), percent(1 - r.interpreted / r.hours, 0) if r.hours > SPARE else NOTHING,
            count(r.interpreters), n.pounds(r.pounds), count(r.longer),
        )
        for r in f.languages
        if not n.counts.publishable
    )  # fmt: skip
    return Table(
        "languages",
        "Courses in other languages over the whole plan",
        ("Service", "Language", "Courses started", "In the mother tongue", "Interpreters (hours)", "Interpreters (£)", "Longer sessions (hours)"),
        rows,
        "hhrrrrr",
        note="Share of the hours given by therapists whose mother tongue it is; the rest has an interpreter. The last column is the time of "
        "clinicians that longer sessions with an interpreter take.",
    )
