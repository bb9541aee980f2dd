"""What the data start from and can come to: staff on the eve of the plan, posts that a service may hold, quarters planned."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.plan.data import quarter_number

if TYPE_CHECKING:
    from optimiser.plan.data import PlanInput


def trainee_posts(data: PlanInput) -> set[str]:
    """Posts that are held while in training."""
    return {p.post for p in data.posts if p.contract == "trainee"}


def posts_in_reach(data: PlanInput) -> dict[str, set[str]]:
    """Posts that each service may come to hold staff in: by what it has, hires, trains, converts or moves."""
    open_to_all = {g.trainee_post for g in data.programmes if g.external and g.cohort_maximum > 0}
    closed = {g.trainee_post for g in data.programmes if g.cohort_maximum == 0}
    trainee_post = {g.programme: g.trainee_post for g in data.programmes}
    posts = {s.service: set(open_to_all) for s in data.services}
    for service, post in (
        *((row.service, row.post) for row in data.staff if row.in_post > 0 or row.established > 0),
        *((row.service, row.post) for row in data.recruitment if row.maximum > 0),
        *((row.service, trainee_post[row.programme]) for row in data.trainees if row.people > 0),
    ):
        posts[service].add(post)
    for held in posts.values():
        more = True
        while more:
            new = {f.to_post for f in data.flows if f.from_post in held and f.to_post not in closed} - held
            held |= new
            more = bool(new)
    return posts


def staff_on_the_eve(data: PlanInput) -> dict[tuple[str, str], float]:
    """Staff of each service and post in the quarter before the plan, trainees who have not dropped out counted."""
    staff: dict[tuple[str, str], float] = defaultdict(float)
    for row in data.staff:
        staff[row.service, row.post] += row.in_post
    eve = quarter_number(data.settings.first_quarter) - 1
    programmes = {g.programme: g for g in data.programmes}
    for cohort in data.trainees:
        programme = programmes[cohort.programme]
        age = eve - quarter_number(cohort.started)
        if 0 <= age < programme.length:
            staff[cohort.service, programme.trainee_post] += cohort.people * programme.completion ** (age / programme.length)
    return staff


def too_late(data: PlanInput, quarter: str | None) -> bool:
    """Whether a quarter is named and lies after the plan's end."""
    return quarter is not None and quarter_number(quarter) > quarter_number(data.quarters[-1])
