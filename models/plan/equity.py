"""Chapter "Rooms and fairness" of the page, its second half: access of communities, and groups among the staff of a post."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.environ import ConcreteModel, NonNegativeReals, Set, Var

from models.plan.care import reached
from optimiser.each import more_than

if TYPE_CHECKING:
    from models.plan.facts import Expression


def declare(m: ConcreteModel) -> None:
    """Decide targeted places; how far communities and groups are from their share follows."""
    d = m.facts
    m.COMMUNITIES = Set(initialize=list(d.communities), dimen=2)
    m.REPRESENTED = Set(initialize=list(d.representation), dimen=3)
    m.access_gap = Var(m.COMMUNITIES, d.T, domain=NonNegativeReals)
    m.group_gap = Var(m.REPRESENTED, domain=NonNegativeReals)
    m.targeted = Var([key for key, r in d.representation.items() if r.maximum > 0], d.T, domain=NonNegativeReals)


def came(m: ConcreteModel, s: str, c: str, t: int) -> Expression:
    """Referrals of a community in a quarter: its share of those there are anyhow, and those that outreach to it brings."""
    d = m.facts
    return d.communities[s, c].referred * d.referrals.get((s, t), 0.0) + (reached(m, s, c, t) if (s, c) in m.OUTREACH else 0.0)


def missing(m: ConcreteModel, s: str, c: str, t: int) -> Expression:
    """People of a community still to come for its share of need in the referrals there are anyhow; below 0 where more come."""
    d = m.facts
    return d.communities[s, c].need * d.referrals.get((s, t), 0.0) - came(m, s, c, t)


def e1_access(m: ConcreteModel) -> None:
    """People of a community who are missing are counted, quarter by quarter: what one has over makes up for no other."""

    @m.Constraint(m.COMMUNITIES, m.facts.T)
    def e1_access(m: ConcreteModel, s: str, c: str, t: int) -> Expression:
        return m.access_gap[s, c, t] >= missing(m, s, c, t)


def arrivals(m: ConcreteModel, s: str, p: str, t: int) -> tuple[Expression, Expression]:
    """People who take up a post in a quarter: hired, and promoted, moved or converted."""
    hired = (1 - m.facts.recruitment[s, p].lost_on_arrival) * m.hires[s, p, t] if (s, p, t) in m.hires else 0.0
    return hired, m.arrivals[s, p, t] - hired


def group_in_post(m: ConcreteModel, s: str, p: str, g: str, t: int) -> Expression:
    """Expected staff of a group: its share now of all staff, and by what arrivals since then differ from it, thinned by the post's leaver rates."""
    d = m.facts
    r = d.representation[s, p, g]

    def apart(u: int) -> Expression:
        hired, promoted = arrivals(m, s, p, u)
        places = m.targeted[s, p, g, u] if (s, p, g, u) in m.targeted else 0.0
        return (r.hired - r.now) * hired + (r.promoted - r.now) * promoted + places

    return r.now * m.in_post[s, p, t] + sum(d.stays(p, t - u) * apart(u) for u in range(1, t + 1))


def group_missing(m: ConcreteModel, s: str, p: str, g: str, t: int) -> Expression:
    """Staff of a group still wanting for its target share; below 0 where there are more."""
    return m.facts.representation[s, p, g].target * m.in_post[s, p, t] - group_in_post(m, s, p, g, t)


def e2_representation(m: ConcreteModel) -> None:
    """Staff of a group who are missing in the last quarter are counted; targeted places raise its share of arrivals up to a maximum."""
    d = m.facts

    @m.Constraint(m.targeted.index_set())
    def e2_places(m: ConcreteModel, s: str, p: str, g: str, t: int) -> Expression:
        r = d.representation[s, p, g]
        hired, promoted = arrivals(m, s, p, t)
        return m.targeted[s, p, g, t] <= more_than(r.maximum, r.hired) * hired + more_than(r.maximum, r.promoted) * promoted

    @m.Constraint(m.REPRESENTED)
    def e2_group_gap(m: ConcreteModel, s: str, p: str, g: str) -> Expression:
        return m.group_gap[s, p, g] >= group_missing(m, s, p, g, d.T[-1])
