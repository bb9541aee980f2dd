"""Integrated care."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.data import STEPS
from optimiser.plan.examine.findings import error, warning
from optimiser.plan.examine.reach import posts_in_reach, too_late

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import PlanInput
    from optimiser.result import Finding


def examine_integrated(data: PlanInput) -> Iterator[Finding]:
    """Integrated care that nobody is trained for."""
    treated = {(c.service, c.step) for c in data.care}
    trained = {p.post for p in data.posts if p.integrated}
    able = {step: {p.post for p in data.posts if getattr(p, step)} & trained for step in STEPS}
    reach = posts_in_reach(data)
    for row in data.integrated_care:
        key = [row.service, row.step]
        if (row.service, row.step) not in treated:
            what = f"Care has no {row.step}-intensity row for {row.service}."
            yield error("IN-13", "Integrated care", key, what, "Add the row, or delete this one.")
        elif row.integrated_share > 0 and not reach[row.service] & able[row.step]:
            what = f"No post that the service can have is trained for integrated {row.step}-intensity courses: any growth will be short."
            yield warning("PRE-01", "Integrated care", key, what, "Set integrated care to yes for a post in Posts, and see that it can be filled.")
        if row.integrated_share == 0:
            yield warning("IN-14", "Integrated care", key, "The share is 0: nothing is asked for.", "Raise it, or delete the row.")
        if too_late(data, row.from_quarter):
            yield warning("IN-14", "Integrated care", key, "It holds only after the plan's end.", "Check From, or plan more quarters.")
