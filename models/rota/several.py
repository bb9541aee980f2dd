"""Answers to instances of several weeks: the weeks one after the other, by any method that makes one."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from optimiser.result import Level, Outcome, Progress, Status
from optimiser.rota.data import LEVELS, RotaWeek, RotaWeeks
from optimiser.rota.following import next_week
from optimiser.rota.several import first_week, with_early

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optimiser.result import Limits
    from optimiser.rota.data import Early, RotaAnswer, RotaInput

    Method = Callable[[RotaInput, Limits], tuple[RotaAnswer | None, Outcome]]


def one_after_the_other(
    data: RotaInput, limits: Limits, method: Method, ahead: Callable[[RotaInput], Sequence[Early]] = lambda _: ()
) -> tuple[RotaWeeks | None, Outcome]:
    """Make all weeks of an instance, each of the one before and with an equal share of the time; ``ahead`` says what to bring forward to each.

    A level is the sum of its values in the weeks. What is proved of a week is proved given the weeks before it, so that nothing is a bound of the
    whole but 0. Values are told from the last week on, before which there is no answer.
    """
    began = time.perf_counter()
    week, weeks, trace = first_week(data), list[RotaWeek](), list[Progress]()
    sums, seconds, size = dict.fromkeys(map(str, LEVELS), 0.0), defaultdict[str, float](float), Counter[str]()

    def tell(progress: Progress) -> None:
        value = None if progress.value is None or len(weeks) + 1 < data.settings.weeks else sums[progress.level] + progress.value
        trace.append(Progress(progress.level, time.perf_counter() - began, value, None if value else 0.0))
        limits.tell(trace[-1])

    while len(weeks) < data.settings.weeks:
        preparing = time.perf_counter()
        early = tuple(ahead(week))
        week = with_early(week, early)
        seconds["build"] += time.perf_counter() - preparing
        rota, outcome = method(week, replace(limits, seconds=limits.seconds / data.settings.weeks, tell=tell))
        for stage, spent in outcome.seconds.items():
            seconds[stage] += spent
        size.update(outcome.size)
        if rota is None:
            return None, Outcome(Status.NOT_FOUND, (), dict(seconds), tuple(trace), dict(size))
        for level in outcome.levels:
            sums[level.name] += level.value
        weeks.append(RotaWeek(early=early, rota=rota))
        week = next_week(week, rota)
    levels = tuple(Level(name, "min", value, None if value else 0.0) for name, value in sums.items())
    status = Status.INFEASIBLE if sums[LEVELS[0]] else Status.FEASIBLE if any(sums.values()) else Status.OPTIMAL
    return RotaWeeks(weeks=tuple(weeks)), Outcome(status, levels, dict(seconds), tuple(trace), dict(size))
