"""The model as a table of contents: every chapter and rule of the page, in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.environ import ConcreteModel, NonNegativeReals, Set, Var

from models.plan import care, limits, money, objective, people, supervision, training
from models.plan.facts import Facts

if TYPE_CHECKING:
    from optimiser.plan.data import PlanInput

CHAPTERS = (people, training, supervision, care, money)

RULES = (
    people.p1_staff_in_post,
    people.p2_time_in_post,
    people.p3_posts,
    people.p4_labour_market,
    people.p5_releases,
    training.t1_intakes,
    training.t2_trainees_in_post,
    training.t3_graduates,
    training.t4_places,
    training.t5_internal_entry,
    training.t6_trainees_to_qualified,
    supervision.s1_supervision_hours,
    supervision.s2_hours_per_supervisor,
    supervision.s3_trainees_per_supervisor,
    supervision.s4_supervisors,
    supervision.s5_share_who_supervise,
    care.c1_time,
    care.c2_sessions,
    care.c3_queues,
    care.c4_waiting_too_long,
    care.c5_completed_courses,
    care.d1_digital,
    care.o1_outreach_hours,
    care.o2_outreach_returns,
    money.b1_budget,
    money.b2_no_cliff_edge,
    limits.l1_limits,
)


def build(data: PlanInput, option: str = "") -> ConcreteModel:
    """Pyomo model of an instance under an option (blank: the plan itself)."""
    m = ConcreteModel(name="plan")
    m.facts = Facts(data, option)
    declare_shortfalls(m)
    for chapter in CHAPTERS:
        chapter.declare(m)
    for rule in RULES:
        rule(m)
    objective.levels(m)
    return m


def declare_shortfalls(m: ConcreteModel) -> None:
    """By how much each must that may be short is short: rule (or limit), service, item, and quarter (or year)."""
    d = m.facts
    found = [("T6", s, "", t) for s in d.S for t in d.T]
    found += [(rule, s, k, t) for rule in ("S1", "S3") for s in d.S for k in d.kind for t in d.T]
    found += [("C2", s, i, t) for s, i in d.care for t in d.T]
    found += [("B1" if r.year in d.data.years else "B2", r.service, r.stream, r.year) for r in d.budget]
    found += limits.shortfall_places(d)
    m.SHORT = Set(initialize=found, dimen=4)
    m.short = Var(m.SHORT, domain=NonNegativeReals)
