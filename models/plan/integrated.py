"""Chapter "Integrated care" of the page: integrated courses for people with long-term conditions, given by posts trained for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.environ import ConcreteModel, NonNegativeReals, Set, Var

from models.plan.care import started

if TYPE_CHECKING:
    from models.plan.facts import Expression, Facts


def declare(m: ConcreteModel) -> None:
    """Decide how many of the one-to-one courses started are integrated ones."""
    d = m.facts
    m.INTEGRATED = Set(initialize=list(d.integrated), dimen=2)
    m.integrated_starts = Var(m.INTEGRATED, d.T, domain=NonNegativeReals)


def places(d: Facts) -> list[tuple[str, str, int]]:
    """Service, step and quarter wherever a share of the growth must be integrated."""
    return [(s, i, t) for (s, i), r in d.integrated.items() for t in d.T if t >= d.from_quarter(r.from_quarter)]


def c9_integrated_care(m: ConcreteModel) -> None:
    """A share of the growth in courses started is integrated; those are one-to-one courses whose hours come from posts trained for them."""
    d = m.facts

    @m.Constraint(m.INTEGRATED, d.T)
    def c9_one_to_one(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
        return m.integrated_starts[s, i, t] <= m.starts[s, i, t]

    @m.Constraint(m.INTEGRATED, d.T)
    def c9_trained_hours(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
        care = d.care[s, i]
        now, before = m.integrated_starts[s, i, t], m.integrated_starts[s, i, t - 1] if t > 1 else 0.0
        work = d.course_hours(s, i) * (care.same_quarter * now + (1 - care.same_quarter) * before) + care.assessment_minutes / 60 * now
        return work <= sum(m.treatment[s, p, i, t] for a, p, b in m.TREATS if (a, b) == (s, i) and d.post[p].integrated)

    @m.Constraint(places(d))
    def c9_share_of_growth(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
        r = d.integrated[s, i]
        growth = started(m, s, i, t) - r.baseline
        return m.integrated_starts[s, i, t] + m.short["C9", s, i, t] >= r.integrated_share * growth
