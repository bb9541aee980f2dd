"""Chapter "Advisers" of the page: employment advisers beside the clinicians."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyomo.environ import ConcreteModel

    from models.plan.facts import Expression, Facts


def places(d: Facts) -> list[tuple[str, str, int]]:
    """Service, advisers' post and quarter wherever advisers are asked for."""
    return [(s, p, t) for (s, p), r in d.advisers.items() if p in d.qualified for t in d.T if t >= d.from_quarter(r.from_quarter)]


def c7_employment_advisers(m: ConcreteModel) -> None:
    """There is an adviser in post for so many qualified clinicians in post, or the advisers that are missing are stated."""
    d = m.facts

    @m.Constraint(places(d))
    def c7_employment_advisers(m: ConcreteModel, s: str, p: str, t: int) -> Expression:
        wanted = sum(m.in_post[s, q, t] for q in d.clinical) / d.advisers[s, p].clinicians_per_adviser
        return m.in_post[s, p, t] + m.short["C7", s, p, t] >= wanted
