"""Labour markets that services share: rule P6."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.plan.check.findings import above
from optimiser.plan.check.simulation import Sums
from optimiser.plan.data import quarter_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check.simulation import Key, Plan
    from optimiser.result import Finding


def p6_shared_labour_market(plan: Plan) -> Iterator[Finding]:
    """P6: all services that recruit in a labour market together take at most the applicants it has for a role."""
    applicants: dict[Key, dict[int, float]] = defaultdict(dict)
    for row in plan.data.labour_markets:
        applicants[row.market, row.role][quarter_number(row.from_quarter)] = row.applicants
    recruits = {(r.service, r.post): r for r in plan.data.recruitment if r.market}
    taken = Sums()
    for (s, p, t), wte in plan.hires.items():
        if (s, p) in recruits:
            taken.add((recruits[s, p].market, plan.posts[p].role, t), recruits[s, p].applicants_per_hire * wte)
    for (market, role, t), people in taken.items():
        held = applicants[market, role]
        latest = max((quarter for quarter in held if quarter <= quarter_number(plan.quarter(t))), default=None)
        bound = 0.0 if latest is None else held[latest]
        yield from above("P6", f"{market}, {role}, {plan.quarter(t)}", "Applicants taken", people, bound, "people")
