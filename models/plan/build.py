"""The model as a table of contents: every chapter and rule of the page, in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.environ import ConcreteModel, NonNegativeReals, Set, Var

from models.plan import (
    advisers,
    care,
    equity,
    groups,
    integrated,
    language,
    limits,
    markets,
    money,
    objective,
    people,
    retention,
    rooms,
    staffing,
    supervision,
    training,
)
from models.plan.alike import put_together
from models.plan.facts import Facts

if TYPE_CHECKING:
    from optimiser.plan.data import PlanInput

CHAPTERS = (people, staffing, training, supervision, care, language, groups, integrated, retention, rooms, equity, money)

RULES = (
    people.p1_staff_in_post,
    people.p2_time_in_post,
    people.p3_posts,
    people.p4_labour_market,
    people.p5_releases,
    staffing.p7_over_establishment,
    staffing.p8_reduced_hours,
    staffing.p9_moves,
    markets.p6_shared_labour_market,
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
    language.c6_language,
    advisers.c7_employment_advisers,
    groups.c8_group_courses,
    integrated.c9_integrated_care,
    retention.m1_retention,
    rooms.r1_rooms,
    equity.e1_access,
    equity.e2_representation,
    money.b1_budget,
    money.b2_no_cliff_edge,
    money.b3_service_money,
    money.b4_outcome_payments,
    limits.l1_limits,
)


def build(data: PlanInput, option: str = "") -> ConcreteModel:
    """Pyomo model of an instance under an option (blank: the plan itself)."""
    return _build(Facts(data, option))


def build_together(data: PlanInput, option: str = "") -> ConcreteModel:
    """The same model with services that are alike as one (:mod:`models.plan.alike`)."""
    together, alike = put_together(data)
    return _build(Facts(together, option, alike))


def _build(facts: Facts) -> ConcreteModel:
    m = declare(facts)
    for rule in RULES:
        rule(m)
    objective.levels(m)
    return m


def declare(facts: Facts) -> ConcreteModel:
    """What is decided and what follows from it, without rules: enough to hold an answer."""
    m = ConcreteModel(name="plan")
    m.facts = facts
    declare_shortfalls(m)
    for chapter in CHAPTERS:
        chapter.declare(m)
    return m


def declare_shortfalls(m: ConcreteModel) -> None:
    """By how much each must that may be short is short: rule (or limit), service, item, and quarter (or year)."""
    d = m.facts
    found = [("T6", s, "", t) for s in d.S for t in d.T]
    found += [(rule, s, k, t) for rule in ("S1", "S3") for s in d.S for k in d.kind for t in d.T]
    found += [("C2", s, i, t) for s, i in d.care for t in d.T]
    found += [("C7", s, p, t) for s, p, t in advisers.places(d)] + [("C9", s, i, t) for s, i, t in integrated.places(d)]
    found += [("R1", s, site, t) for s, site in d.rooms for t in d.T]
    found += [("B3", s, stream, year) for s, year, stream in d.service_money]
    found += [("B1" if r.year in d.data.years else "B2", r.service, r.stream, r.year) for r in d.budget]
    found += limits.shortfall_places(d)
    m.SHORT = Set(initialize=found, dimen=4)
    m.short = Var(m.SHORT, domain=NonNegativeReals)
