"""The objective: every term worked out from the simulation, held against what the answer states, and the value of each priority."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from optimiser.plan.check.findings import differs, stated_in, tolerance, tolerance_pounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optimiser.plan.check.findings import Gap
    from optimiser.plan.check.simulation import Key, Plan, Sums
    from optimiser.plan.data import PlanInput
    from optimiser.result import Finding


def term_values(plan: Plan, counted: list[Gap]) -> dict[str, float]:
    """Every term of the objective that the instance has, from the simulation."""
    times = set(plan.times)

    def planned(sums: Sums) -> float:
        return math.fsum(value for key, value in sums.items() if key[-1] in times)

    low = {s: care.step_up for (s, step), care in plan.care.items() if step == "low" and (s, "high") in plan.care}
    stepped_up = math.fsum(share * plan.started[s, "low", t - 1] for s, share in low.items() for t in plan.times)
    last = plan.times[-1]
    every = {
        "unmet_musts": math.fsum(gap.points * gap.row.short for gap in counted),
        "completed_courses": planned(plan.completed),
        "reliable_recoveries": planned(plan.recovered),
        "entering_treatment": planned(plan.started) - stepped_up,
        "waiting_too_long": planned(plan.too_long),
        "reached_by_outreach": planned(plan.extra),
        "lost_trainees": math.fsum(max(0.0, people - plan.converted[key]) for key, people in plan.graduates.items()),
        "workforce_at_end": math.fsum(plan.posts[p].end_value * wte for (_, p, t), wte in plan.staff.items() if t == last),
        "cost": math.fsum(plan.spend.values()),
        "churn": planned(plan.hires) + planned(plan.releases),
        "contracts_ended": planned(plan.releases),
        "equity_gap": math.fsum(plan.access_short.values()),
        "representation_gap": math.fsum(wte for (*_, t), wte in plan.group_short.items() if t == last),
    }
    return {term: every[term] for term in plan.data.terms}


def terms_stated(tables: dict[str, dict[Key, Any]], terms: Mapping[str, float]) -> Iterator[Finding]:
    """Terms that the answer states otherwise; reached_by_outreach is judged under O2. A term that the instance does not have is worth nothing."""
    for term in dict.fromkeys([*terms, *(name for (name,) in tables["terms"])]):
        if term != "reached_by_outreach":
            own = terms.get(term, 0.0)
            room = tolerance_pounds(own) if term == "cost" else tolerance(own)
            yield from differs("TERMS", term, "Value of the term", stated_in(tables["terms"], (term,), "value"), own, room)


def level_values(data: PlanInput, terms: Mapping[str, float]) -> tuple[tuple[str, Literal["min", "max"], float], ...]:
    """Value of each priority: the sum of weight times term."""
    return tuple(
        (level.name, level.direction, sum(o.weight * terms[o.term] for o in data.objectives if o.priority == level.priority))
        for level in sorted(data.priorities, key=lambda p: p.priority)
    )
