"""Chapter "People" of the page, its later rules: staff above the posts established, reduced hours, and what a move costs and loses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.environ import ConcreteModel, NonNegativeReals, Var

from models.plan.people import people_domain, posts_filled

if TYPE_CHECKING:
    from models.plan.facts import Expression


def declare(m: ConcreteModel) -> None:
    """Decide staff above the establishment and people on reduced hours, only where the tables have a row."""
    d = m.facts
    m.OVER = [(s, p) for s, p in d.over_establishment if p in d.qualified]
    m.REDUCED = [(s, p) for s, p in d.reduced_hours if p in d.qualified]
    m.over_establishment = Var(m.OVER, d.T, domain=NonNegativeReals)
    m.reduced_hours = Var(m.REDUCED, d.T, domain=people_domain(m))


def p7_over_establishment(m: ConcreteModel) -> None:
    """Staff above the posts established: at most the post's and the service's number, and never more than are there."""
    d = m.facts
    for s, p, t in m.over_establishment:
        m.over_establishment[s, p, t].setub(d.over_establishment[s, p].maximum)
    shared = {s: [p for a, p in m.OVER if a == s] for s, r in d.service.items() if r.over_establishment is not None}

    @m.Constraint([s for s, own in shared.items() if own], d.T)
    def p7_service(m: ConcreteModel, s: str, t: int) -> Expression:
        return sum(m.over_establishment[s, p, t] for p in shared[s]) <= d.service[s].over_establishment

    @m.Constraint(m.OVER, d.T)
    def p7_in_post(m: ConcreteModel, s: str, p: str, t: int) -> Expression:
        return posts_filled(m, s, p, t) >= 0


def p8_reduced_hours(m: ConcreteModel) -> None:
    """People on reduced hours: at most the number agreed, and those in post."""
    d = m.facts
    for s, p, t in m.reduced_hours:
        m.reduced_hours[s, p, t].setub(d.reduced_hours[s, p].maximum)

    @m.Constraint(m.REDUCED, d.T)
    def p8_in_post(m: ConcreteModel, s: str, p: str, t: int) -> Expression:
        return m.reduced_hours[s, p, t] <= m.in_post[s, p, t]


def p9_moves(m: ConcreteModel) -> None:
    """Moves along a flow: at most its number in a quarter, and its share of the staff of the post taken up (what is lost: P1)."""
    d = m.facts
    for p, q, s, t in m.moves:
        most = d.flow[p, q].maximum_moves
        if most is not None:
            m.moves[p, q, s, t].setub(most)

    @m.Constraint([(p, q, s, t) for p, q, s, t in m.moves if d.flow[p, q].maximum_moves_share is not None])
    def p9_share(m: ConcreteModel, p: str, q: str, s: str, t: int) -> Expression:
        return m.moves[p, q, s, t] <= d.flow[p, q].maximum_moves_share * m.in_post[s, q, t]
