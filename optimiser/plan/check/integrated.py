"""Integrated care: rule C9."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.check.care import course_hours
from optimiser.plan.check.findings import above, gap_of
from optimiser.plan.check.simulation import Sums, quarters_from
from optimiser.plan.data import Shortfall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check.findings import Gap
    from optimiser.plan.check.simulation import Plan
    from optimiser.result import Finding


def c9_trained_posts(plan: Plan) -> Iterator[Finding]:
    """C9: integrated courses are one-to-one courses whose hours come from posts trained for them."""
    trained = Sums()
    for (s, p, step, t), hours in plan.treatment.items():
        if plan.posts[p].integrated:
            trained.add((s, step, t), hours)
    asked = {(row.service, row.step) for row in plan.data.integrated_care}
    for (s, step), care in plan.care.items():
        for t in plan.times if (s, step) in asked else ():
            place, now = f"{s}, {step}, {plan.quarter(t)}", plan.integrated_starts[s, step, t]
            yield from above("C9", place, "Integrated courses", now, plan.starts[s, step, t], "courses")
            spread = care.same_quarter * now + (1 - care.same_quarter) * plan.integrated_starts[s, step, t - 1]
            hours = course_hours(care) * spread + care.assessment_minutes / 60 * now
            yield from above("C9", place, "Hours of integrated courses", hours, trained[s, step, t], "hours")


def c9_share_of_growth(plan: Plan) -> Iterator[Gap]:
    """C9: integrated courses are at least a share of the courses started above the baseline, or the shortfall is stated."""
    for row in plan.data.integrated_care:
        s, step = row.service, row.step
        for t in quarters_from(plan, row.from_quarter) if (s, step) in plan.care else ():
            have = plan.integrated_starts[s, step, t]
            need = row.integrated_share * max(0.0, plan.started[s, step, t] - row.baseline)
            short = Shortfall(rule="C9", service=s, item=step, quarter=plan.quarter(t), short=max(0.0, need - have))
            yield gap_of(
                "C9", short, 1.0, f"{need:,.6g} integrated courses wanted, {have:,.6g} started", scale=(need, have, plan.started[s, step, t])
            )
