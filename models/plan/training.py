"""Chapter "Training" of the page: intakes, trainees in post, graduates, places, internal entry, trainees to qualified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.environ import Binary, ConcreteModel, Constraint, NonNegativeIntegers, NonNegativeReals, Set, Var

from models.plan.people import people_domain

if TYPE_CHECKING:
    from models.plan.facts import Expression


def declare(m: ConcreteModel) -> None:
    """Decide intakes and conversions, and so who is lost; whether a cohort runs matters only where it has a minimum above one."""
    d = m.facts
    m.INTAKES = Set(initialize=[(s, g, t) for s in d.S for g in d.programme for t in d.intake_quarters[g]], dimen=3)
    m.CONVERSIONS = Set(initialize=[(g, q) for g, _, q in d.conversions], dimen=2)
    m.intake = Var(m.INTAKES, domain=NonNegativeIntegers)
    m.runs = Var([(s, g, t) for s, g, t in m.INTAKES if d.programme[g].cohort_minimum > 1], domain=Binary)
    m.conversions = Var(m.CONVERSIONS, d.S, d.T, domain=people_domain(m))
    m.lost = Var(d.S, list(d.programme), d.T, domain=NonNegativeReals)


def started(m: ConcreteModel, s: str, g: str, t: int) -> Expression:
    """People who started a programme in a quarter, before the plan included."""
    if t < 1:
        return m.facts.earlier_intake.get((s, g, t), 0.0)
    return m.intake[s, g, t] if (s, g, t) in m.INTAKES else 0.0


def graduates(m: ConcreteModel, s: str, g: str, t: int) -> Expression:
    """People who have completed at the start of a quarter."""
    r = m.facts.programme[g]
    return r.completion * started(m, s, g, t - r.length)


def t1_intakes(m: ConcreteModel) -> None:
    """A cohort is a whole number of people: none, or between its minimum and maximum."""
    d = m.facts
    for s, g, t in m.INTAKES:
        m.intake[s, g, t].setub(d.programme[g].cohort_maximum)

    @m.Constraint(m.runs.index_set())
    def t1_minimum(m: ConcreteModel, s: str, g: str, t: int) -> Expression:
        return m.intake[s, g, t] >= d.programme[g].cohort_minimum * m.runs[s, g, t]

    @m.Constraint(m.runs.index_set())
    def t1_maximum(m: ConcreteModel, s: str, g: str, t: int) -> Expression:
        return m.intake[s, g, t] <= d.programme[g].cohort_maximum * m.runs[s, g, t]


def t2_trainees_in_post(m: ConcreteModel) -> None:
    """Trainees in post: the cohorts under way, thinned evenly down to those who complete."""
    d = m.facts
    unused = [p for p, r in d.post.items() if r.contract == "trainee" and p not in d.programme_of]
    for s in d.S:
        for p in unused:
            for t in d.T:
                m.in_post[s, p, t].fix(0.0)

    @m.Constraint(d.S, list(d.programme), d.T)
    def t2_trainees(m: ConcreteModel, s: str, g: str, t: int) -> Expression:
        r = d.programme[g]
        return m.in_post[s, r.trainee_post, t] == sum(r.completion ** (a / r.length) * started(m, s, g, t - a) for a in range(r.length))


def t3_graduates(m: ConcreteModel) -> None:
    """Graduates take the posts offered to them or are lost."""
    d = m.facts

    @m.Constraint(d.S, list(d.programme), d.T)
    def t3_graduates(m: ConcreteModel, s: str, g: str, t: int) -> Expression:
        return sum(m.conversions[a, q, s, t] for a, q in m.CONVERSIONS if a == g) + m.lost[s, g, t] == graduates(m, s, g, t)


def t4_places(m: ConcreteModel) -> None:
    """All services together, or those of a region, start no more people than there are course places."""
    d = m.facts
    places = {(r.programme, d.index(r.quarter), r.region): r.places for r in d.data.places}

    @m.Constraint([(g, t, region) for g, t, region in places if t in d.intake_quarters[g]])
    def t4_places(m: ConcreteModel, g: str, t: int, region: str) -> Expression:
        started = [inside * m.intake[s, g, t] for s in d.S if (inside := d.in_region(s, region))]
        return sum(started) <= places[g, t, region] if started else Constraint.Skip


def t5_internal_entry(m: ConcreteModel) -> None:
    """Staff who move into training are part of the intake; where nobody comes from outside, they are the intake."""
    d = m.facts

    @m.Constraint(d.S, list(d.programme), d.T)
    def t5_internal_entry(m: ConcreteModel, s: str, g: str, t: int) -> Expression:
        r = d.programme[g]
        moved = sum(m.moves[p, q, s, t] for p, q in m.MOVES if q == r.trainee_post)
        if isinstance(moved, int) and (s, g, t) not in m.INTAKES:
            return Constraint.Skip
        return moved <= started(m, s, g, t) if r.external else moved == started(m, s, g, t)


def t6_trainees_to_qualified(m: ConcreteModel) -> None:
    """A service has at most so many trainees for each qualified clinician."""
    d = m.facts
    clinical = [p for p in d.qualified if d.post[p].low or d.post[p].high]

    @m.Constraint(d.S if d.programme else [], d.T)
    def t6_trainees_to_qualified(m: ConcreteModel, s: str, t: int) -> Expression:
        trainees = sum(m.in_post[s, p, t] for p in d.programme_of)
        qualified = sum(m.in_post[s, p, t] for p in clinical)
        return trainees <= d.data.settings.trainees_per_qualified * qualified + m.short["T6", s, "", t]
