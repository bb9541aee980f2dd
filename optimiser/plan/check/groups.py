"""Courses in groups: the hours of a place, and rule C8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.check.findings import above

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check.simulation import Plan
    from optimiser.plan.data import GroupCourse
    from optimiser.result import Finding


def group_hours(groups: GroupCourse) -> float:
    """Clinicians' hours of one person's place in a group, assessment not counted (w_g of the page)."""
    return groups.sessions * (groups.staff * groups.session_minutes + groups.other_minutes) / 60 / groups.people


def c8_group_courses(plan: Plan) -> Iterator[Finding]:
    """C8: people who start in groups are at most a share of all who start a course at the step."""
    for row in plan.data.group_courses:
        s, step = row.service, row.step
        for t in plan.times:
            most = row.maximum_share * plan.started[s, step, t]
            yield from above("C8", f"{s}, {step}, {plan.quarter(t)}", "Started in groups", plan.group_starts[s, step, t], most, "courses")
