"""Employment advisers: rule C7."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.check.findings import gap_of
from optimiser.plan.check.simulation import quarters_from
from optimiser.plan.data import Shortfall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check.findings import Gap
    from optimiser.plan.check.simulation import Plan


def c7_employment_advisers(plan: Plan) -> Iterator[Gap]:
    """C7: employment advisers in post are at least one for so many qualified clinicians in post, or the shortfall is stated."""
    clinical = [p for p in plan.qualified if plan.posts[p].low or plan.posts[p].high]
    for asked in plan.data.employment_advisers:
        s, p = asked.service, asked.post
        for t in quarters_from(plan, asked.from_quarter) if p in plan.qualified else ():
            have = plan.staff[s, p, t]
            need = sum(plan.staff[s, q, t] for q in clinical) / asked.clinicians_per_adviser
            row = Shortfall(rule="C7", service=s, item=p, quarter=plan.quarter(t), short=max(0.0, need - have))
            yield gap_of("C7", row, 1.0, f"{need:,.4g} employment advisers wanted, {have:,.4g} in post", scale=(need, have))
