"""Rule P6 of the page: applicants whom the services of a labour market share."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from optimiser.each import among, is_there

if TYPE_CHECKING:
    from pyomo.environ import ConcreteModel

    from models.plan.facts import Expression


def p6_shared_labour_market(m: ConcreteModel) -> None:
    """All hires into posts of a role take no more applicants than the market has, each as many as it takes to find one."""
    d = m.facts
    drawn_on = {
        key: [(market, is_there(r.market, market) * r.applicants_per_hire) for market in among(r.market) if market]
        for key, r in d.recruitment.items()
    }
    taken: dict[tuple[str, str, int], list[tuple[float, Any]]] = defaultdict(list)
    for (s, p, t), hires in m.hires.items():
        for market, each in drawn_on[s, p]:
            taken[market, d.post[p].role, t].append((each, hires))

    @m.Constraint(sorted(taken))
    def p6_applicants(m: ConcreteModel, market: str, role: str, t: int) -> Expression:
        return sum(each * hires for each, hires in taken[market, role, t]) <= d.applicants(market, role, t)
