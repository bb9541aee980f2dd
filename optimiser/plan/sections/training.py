"""Graduates and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.plan.figures import SPARE, tally
from optimiser.words import NOTHING, percent, quarter_words

if TYPE_CHECKING:
    from optimiser.plan.figures import Figures
    from optimiser.plan.sections.names import Names


def lost_tables(f: Figures, n: Names) -> list[Table]:
    """Graduates, those given a post and those lost: by programme, then by cohort."""

    def row(names: tuple[str, ...], graduates: float, lost: float) -> tuple[str, ...]:
        return (*names, n.wte(graduates), n.wte(graduates - lost), n.wte(lost), percent(lost / graduates, 0) if graduates > SPARE else NOTHING)

    graduates, lost = tally((r.programme, r.graduates) for r in f.answer.lost_trainees), tally((r.programme, r.lost) for r in f.answer.lost_trainees)
    heads = ("Graduates", "Given a post", "Lost", "Share lost")
    totals = tuple(row((n.programmes[g],), graduates[g], lost[g]) for g in n.programmes if graduates[g] > SPARE)
    order = [list(n.services), list(n.programmes)]
    ranked = sorted(f.answer.lost_trainees, key=lambda r: (order[0].index(r.service), order[1].index(r.programme), r.quarter))
    cohorts = tuple(row((n.services[r.service], n.programmes[r.programme], quarter_words(r.quarter)), r.graduates, r.lost) for r in ranked)
    return [
        Table("lost", "Graduates and what becomes of them, by programme (expected WTE)", ("Programme", *heads), totals, "hrrrr"),
        Table("lost-cohorts", "The same by cohort", ("Service", "Programme", "Ready in", *heads), cohorts, "hhhrrrr"),
    ]
