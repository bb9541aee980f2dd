"""Chapter "Objective" of the page: the named terms, and the levels that weigh them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.environ import ConcreteModel, Reals, Var

from models.plan.care import reached, recovered, started, stepped_up
from models.plan.money import THOUSAND

if TYPE_CHECKING:
    from models.plan.facts import Expression

MUST_SCALE = {"C2": 0.1, "R1": 0.1, "B1": 1 / THOUSAND, "B2": 1 / THOUSAND, "B3": 1 / THOUSAND}
"""Points per unit of a shortfall; every other rule counts its own unit (see the page)."""

TERM_SCALE = {"cost": THOUSAND}
"""Units of a term held in one unit of its variable: money is held in thousands of pounds."""


def unmet_musts(m: ConcreteModel) -> Expression:
    """Shortfalls of every must, in points."""
    return sum(MUST_SCALE.get(rule, 1.0) * m.short[rule, s, item, t] for rule, s, item, t in m.SHORT)


def completed_courses(m: ConcreteModel) -> Expression:
    """Courses completed within the plan."""
    return sum(m.completed.values())


def reliable_recoveries(m: ConcreteModel) -> Expression:
    """Completed courses that end in reliable recovery."""
    return sum(recovered(m, s, i, t) for s, i in m.CARE for t in m.facts.T)


def entering_treatment(m: ConcreteModel) -> Expression:
    """Courses started less step-ups that join within the plan: the people who enter treatment."""
    d = m.facts
    return sum(started(m, s, i, t) for s, i in m.CARE for t in d.T) - sum(stepped_up(m, s, i, t) for s, i in m.CARE for t in d.T)


def waiting_too_long(m: ConcreteModel) -> Expression:
    """People waiting beyond the standard, each quarter counted."""
    return sum(m.too_long[s, i, t] for s, i in m.CARE for t in m.facts.T)


def reached_by_outreach(m: ConcreteModel) -> Expression:
    """Extra referrals that arrive within the plan."""
    return sum(reached(m, s, c, t) for s, c in m.OUTREACH for t in m.facts.T)


def lost_trainees(m: ConcreteModel) -> Expression:
    """Graduates for whom there was no post."""
    return sum(m.lost[s, g, t] for s, g, t in m.lost)


def workforce_at_end(m: ConcreteModel) -> Expression:
    """What staff in post in the last quarter are worth after it."""
    d = m.facts
    return sum(r.end_value * m.in_post[s, p, d.T[-1]] for s in d.S for p, r in d.post.items())


def cost(m: ConcreteModel) -> Expression:
    """All charges, in thousands of pounds."""
    return sum(pounds / THOUSAND * what for rows in m.charges.values() for pounds, what in rows)


def churn(m: ConcreteModel) -> Expression:
    """Hires and ended contracts."""
    return sum(m.hires.values()) + sum(m.releases.values())


def contracts_ended(m: ConcreteModel) -> Expression:
    """Contracts that the service ends."""
    return sum(m.releases.values())


def equity_gap(m: ConcreteModel) -> Expression:
    """People short of their community's share, each quarter counted."""
    return sum(m.access_gap.values())


def representation_gap(m: ConcreteModel) -> Expression:
    """Staff of each group short of the target in the last quarter."""
    return sum(m.group_gap.values())


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
    "contracts_ended": contracts_ended,
    "equity_gap": equity_gap,
    "representation_gap": representation_gap,
}


def levels(m: ConcreteModel) -> None:
    """One free variable a term and a level: a level's objective is that one variable, and holding it is a bound."""
    d = m.facts
    m.term = Var(d.data.terms, domain=Reals)

    @m.Constraint(d.data.terms)
    def term_is(m: ConcreteModel, name: str) -> Expression:
        return m.term[name] == TERMS[name](m)

    m.level = Var([r.priority for r in d.data.priorities], domain=Reals)

    @m.Constraint([r.priority for r in d.data.priorities])
    def level_is(m: ConcreteModel, priority: int) -> Expression:
        return m.level[priority] == sum(r.weight * TERM_SCALE.get(r.term, 1.0) * m.term[r.term] for r in d.data.objectives if r.priority == priority)
