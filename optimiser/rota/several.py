"""Instances of several weeks: their first week, and answers to them followed and judged week by week."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optimiser.result import Finding
from optimiser.rota import check as of_a_week
from optimiser.rota.data import LEVELS
from optimiser.rota.following import next_week
from optimiser.rota.week import asked, at_work, due

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal

    from optimiser.rota.data import Early, RotaInput, RotaWeeks


def first_week(data: RotaInput) -> RotaInput:
    """The input of the first of its weeks alone."""
    return data.model_copy(update={"settings": data.settings.model_copy(update={"weeks": 1})})


def with_early(data: RotaInput, early: Sequence[Early]) -> RotaInput:
    """A week's input with more brought forward to it."""
    return data.model_copy(update={"early": (*data.early, *early)})


def check(data: RotaInput, answer: RotaWeeks) -> tuple[tuple[Finding, ...], tuple[tuple[str, Literal["min"], float], ...]]:
    """Judge an answer of several weeks: findings, and levels, each the sum of its values in the weeks.

    Every week's input is made of the week before by :func:`next_week`, and every week judged by the independent check. After the first with a fault
    nothing follows. A week of which only the decisions are given is worked out.
    """
    if len(answer.weeks) != data.settings.weeks:
        what = f"It is of {len(answer.weeks)} weeks, and the instance of {data.settings.weeks}."
        return (Finding("error", "SOL-06", "The answer", what),), ()
    found: list[Finding] = []
    points = dict.fromkeys(LEVELS, 0.0)
    week = first_week(data)
    for turn, made in enumerate(answer.weeks):
        following = with_early(week, made.early)
        wrong = tuple(for_nothing(week, made.early))
        if not wrong:
            rota = made.rota if made.rota.terms else of_a_week.work_out(following, made.rota)
            checked = of_a_week.check(following, rota)
            wrong = checked.findings
            for name, _, value in checked.levels:
                points[name] += value  # type: ignore[index]  # names of levels
        found += [replace(f, where=f"Week from {week.settings.week_commencing}, {f.where}") for f in wrong]
        if any(f.severity == "error" for f in wrong):
            break
        if turn + 1 < len(answer.weeks):
            week = next_week(following, rota)
    return tuple(found), tuple((name, "min", value) for name, value in points.items())


def for_nothing(data: RotaInput, early: Sequence[Early]) -> Iterator[Finding]:
    """Rows brought forward that nobody asks for, that are due without it, or that stand there twice."""
    rows = [(row.staff, row.kind, row.form) for row in early]
    already = {(need.staff, need.kind, need.form) for need in due(data, at_work(data))}
    known = {(need.staff, need.kind, need.form) for needs in asked(data).values() for need in needs}
    for staff, kind, _ in sorted({row for row in rows if row not in known - already or rows.count(row) > 1}):
        yield Finding("error", "SOL-06", "Brought forward", f"{kind} of {staff} is brought forward for nothing.")
