"""Retention: what measures keep, what they cost, and rule M1."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.plan.check.findings import differs, fault, stated_in, tolerance, tolerance_pounds
from optimiser.plan.check.simulation import quarters_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check.simulation import Key, Plan
    from optimiser.plan.data import RetentionMeasure
    from optimiser.result import Finding


def measures_in_force(plan: Plan) -> dict[Key, list[tuple[str, float, range]]]:
    """Retention measures of each service and post: the share of leavers they avoid, and the quarters in which they are in force."""
    found: dict[Key, list[tuple[str, float, range]]] = defaultdict(list)
    for measure in plan.data.retention_measures:
        for effect in plan.data.retention_effects:
            if effect.measure == measure.measure:
                found[measure.service, effect.post].append((measure.measure, effect.leavers_avoided, quarters_from(plan, measure.from_quarter)))
    return found


def measure_pounds(plan: Plan, measure: RetentionMeasure, t: int) -> float:
    """What a retention measure in force in a quarter costs, at a year's rate (rule M1)."""
    posts = [effect.post for effect in plan.data.retention_effects if effect.measure == measure.measure and effect.post in plan.qualified]
    staff = sum(plan.later[measure.service, p, t] for p in posts)
    return plan.taken[measure.measure, measure.service] * (measure.year_pounds + measure.wte_pounds * staff)


def m1_retention(plan: Plan) -> Iterator[Finding]:
    """M1: a retention measure is taken or not, and the answer states rightly the leavers it avoids and what is spent on it."""
    table = plan.tables["retention"]
    for row in plan.data.retention_measures:
        key = (row.measure, row.service)
        place, taken = f"{row.measure}, {row.service}", plan.taken[key]
        if taken not in (0, 1):
            yield fault("M1", place, f"{taken:g} is neither 0 (left) nor 1 (taken).", abs(taken - 1))
        yield from differs("M1", place, "Leavers avoided", stated_in(table, key, "kept"), plan.kept[key], tolerance(plan.kept[key]))
        spent = plan.retention_pounds[key]
        yield from differs("M1", place, "Spent on it in £", stated_in(table, key, "pounds"), spent, tolerance_pounds(spent))
