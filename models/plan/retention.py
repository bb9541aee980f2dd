"""Chapter "Retention" of the page: measures that keep staff past their first year, each taken by a service for the whole plan or not at all."""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING

from pyomo.environ import Binary, ConcreteModel, NonNegativeReals, Set, Var

if TYPE_CHECKING:
    from models.plan.facts import Expression


def declare(m: ConcreteModel) -> None:
    """Decide which measures are taken; the later staff whom each covers, in the quarters from its first on, follow."""
    d = m.facts
    m.MEASURES = Set(initialize=[(s, name) for s, names in d.measures_of.items() for name in names], dimen=2)
    m.measure = Var(m.MEASURES, domain=Binary)
    m.covered = Var([(s, name, p, t) for s, name in m.MEASURES for p in d.avoided[name] for t in d.in_force(s, name)], domain=NonNegativeReals)


def kept(m: ConcreteModel, s: str, p: str, t: int) -> Expression:
    """Later staff of a post who would have left at the start of a quarter and stay for the measures in force in the quarter before."""
    d = m.facts
    names = [name for name in d.measures_of.get(s, ()) if (s, name, p, t - 1) in m.covered]
    return d.later_rate(p) * sum(d.avoided[name][p] * m.covered[s, name, p, t - 1] for name in names)


def kept_by(m: ConcreteModel, s: str, name: str) -> Expression:
    """Leavers that a measure avoids within the plan."""
    d = m.facts
    quarters = [t for t in d.in_force(s, name) if t + 1 in d.T]
    return sum(share * d.later_rate(p) * m.covered[s, name, p, t] for p, share in d.avoided[name].items() for t in quarters)


def cost_in_force(m: ConcreteModel, s: str, name: str, t: int) -> list[tuple[float, Expression]]:
    """What a measure costs in a quarter, at a year's rate: pounds per unit and what is counted."""
    d = m.facts
    r = d.measures[name, s]
    if t not in d.in_force(s, name):
        return []
    return [(r.year_pounds, m.measure[s, name]), *((r.wte_pounds, m.covered[s, name, p, t]) for p in d.avoided[name])]


def most_later(m: ConcreteModel) -> dict[tuple[str, str, int], float]:
    """Later staff that a post can have at most: all who were there, were hired or trained long enough before, in it or in a post on the way to it."""
    d = m.facts
    come: dict[tuple[str, str, int], float] = defaultdict(float)
    for (s, q), (in_post, *_) in d.start_staff.items():
        come[s, q, 1] += in_post
    for (s, q, t), most in d.market.items():
        come[s, q, t + d.fresh] += most
    for (s, g, t), people in d.earlier_intake.items():
        come[s, d.programme[g].trainee_post, max(1, t + d.programme[g].length + d.fresh)] += people
    for s, g, t in m.INTAKES:
        come[s, d.programme[g].trainee_post, t + d.programme[g].length + d.fresh] += d.programme[g].cohort_maximum
    found: dict[tuple[str, str, int], float] = {}
    for s, p in dict.fromkeys((s, p) for s, _, p, _ in m.covered):
        there = accumulate(sum(come.get((s, q, t), 0.0) for q in d.upstream(p)) for t in d.T)
        found |= {(s, p, t): most for t, most in zip(d.T, there, strict=True)}
    return found


def m1_retention(m: ConcreteModel) -> None:
    """A measure that is taken covers all later staff of its posts, one that is not covers nobody."""
    most = most_later(m)

    @m.Constraint(m.covered.index_set())
    def m1_taken(m: ConcreteModel, s: str, name: str, p: str, t: int) -> Expression:
        return m.covered[s, name, p, t] <= most[s, p, t] * m.measure[s, name]

    @m.Constraint(m.covered.index_set())
    def m1_at_most_all(m: ConcreteModel, s: str, name: str, p: str, t: int) -> Expression:
        return m.covered[s, name, p, t] <= m.later[s, p, t]

    @m.Constraint(m.covered.index_set())
    def m1_at_least_all(m: ConcreteModel, s: str, name: str, p: str, t: int) -> Expression:
        return m.covered[s, name, p, t] >= m.later[s, p, t] - most[s, p, t] * (1 - m.measure[s, name])
