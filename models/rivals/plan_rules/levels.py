"""Terms of the objective, and an objective for each level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.environ import ConcreteModel, ConstraintList, Objective, maximize, minimize

from models.rivals.plan_rules.rules import all_started, extra_referrals
from models.rivals.plan_rules.sets import THOUSAND

if TYPE_CHECKING:
    from models.rivals.plan_rules.rules import Linear
    from optimiser.plan.data import PlanInput


def declare(m: ConcreteModel, data: PlanInput) -> None:
    """One objective a level, none of them active yet."""
    for r in data.priorities:
        sense = minimize if r.direction == "min" else maximize
        m.add_component(f"level_{r.priority}", Objective(expr=level(m, r.priority), sense=sense))
        m.component(f"level_{r.priority}").deactivate()
    m.held = ConstraintList()


def level(m: ConcreteModel, priority: int) -> Linear:
    """Weighted sum of the terms of a level."""
    return sum(m.weight[n, term] * TERMS[term](m) for n, term in m.WEIGHED if n == priority)


def unmet_musts(m: ConcreteModel) -> Linear:
    """Every shortfall, in points; money is in thousands already."""
    whole = (m.short_t6, m.short_s1, m.short_s3, m.short_budget, m.short_limit)
    return sum(sum(short.values()) for short in whole) + sum(m.short_c2.values()) / 10


def completed_courses(m: ConcreteModel) -> Linear:
    """Courses completed."""
    return sum(m.completed.values())


def reliable_recoveries(m: ConcreteModel) -> Linear:
    """Completed courses that end in reliable recovery."""
    return sum(m.recovers[s, i] * m.completed[s, i, t] for s, i in m.CARE for t in m.T)


def entering_treatment(m: ConcreteModel) -> Linear:
    """Courses started, less those of people stepped up."""
    stepped_up = [(s, t) for s, i in m.CARE if i == "high" and (s, "low") in m.CARE for t in m.T]
    return sum(all_started(m, s, i, t) for s, i in m.CARE for t in m.T) - sum(
        m.step_up[s, "low"] * all_started(m, s, "low", t - 1) for s, t in stepped_up
    )


def waiting_too_long(m: ConcreteModel) -> Linear:
    """People waiting too long, every quarter counted."""
    return sum(m.too_long.values())


def reached_by_outreach(m: ConcreteModel) -> Linear:
    """Extra referrals that arrive within the plan."""
    return sum(extra_referrals(m, s, c, t) for s, c in m.C for t in m.T)


def lost_trainees(m: ConcreteModel) -> Linear:
    """Graduates without a post."""
    return sum(m.lost.values())


def workforce_at_end(m: ConcreteModel) -> Linear:
    """What staff in post in the last quarter are worth."""
    return sum(m.end_value[p] * m.N[s, p, m.T.last()] for s in m.S for p in m.P)


def cost(m: ConcreteModel) -> Linear:
    """All charges, in pounds."""
    return THOUSAND * sum(m.charges.values())


def churn(m: ConcreteModel) -> Linear:
    """Hires and releases."""
    return sum(m.h.values()) + sum(m.release.values())


TERMS = {
    "unmet_musts": unmet_musts,
    "completed_courses": completed_courses,
    "reliable_recoveries": reliable_recoveries,
    "entering_treatment": entering_treatment,
    "waiting_too_long": waiting_too_long,
    "reached_by_outreach": reached_by_outreach,
    "lost_trainees": lost_trainees,
    "workforce_at_end": workforce_at_end,
    "cost": cost,
    "churn": churn,
}
