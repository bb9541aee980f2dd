"""Courses in groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.check import course_hours, group_hours
from optimiser.plan.examine.findings import ALMOST, error, warning
from optimiser.words import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import PlanInput
    from optimiser.result import Finding


def examine_groups(data: PlanInput) -> Iterator[Finding]:
    """Groups that do better than is possible, or take longer than one-to-one courses."""
    care = {(c.service, c.step): c for c in data.care}
    for row in data.group_courses:
        key = [row.service, row.step]
        own = care.get((row.service, row.step))
        if own is None:
            what = f"Care has no {row.step}-intensity row for {row.service}."
            yield error("IN-13", "Group courses", key, what, "Add the row, or delete this one.")
            continue
        for share, which, column in (
            (own.completion * row.quality, "completed", "quality"),
            (own.reliable_recovery * row.recovery, "followed by reliable recovery", "recovery"),
        ):
            if share > 1 + ALMOST:
                what = f"With these figures {share:.0%} of courses in groups would be {which}."
                yield error("IN-03", "Group courses", key, what, f"Lower {column}: it is a ratio to the service's one-to-one courses.")
        if group_hours(row) >= course_hours(own):
            what = f"A place in a group takes {number(group_hours(row), 1)} hours of staff and a one-to-one course {number(course_hours(own), 1)}."
            yield warning("IN-11", "Group courses", key, what, "Check people, staff and the length of sessions.")
        if row.maximum_share == 0:
            yield warning("IN-14", "Group courses", key, "Nobody can start in a group: the largest share is 0.", "Raise it, or delete the row.")
