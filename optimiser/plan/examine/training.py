"""Training: Programmes, Places and Trainees."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from optimiser.plan.data import quarter_number
from optimiser.plan.examine.findings import error, warning
from optimiser.plan.examine.reach import trainee_posts
from optimiser.words import named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import PlanInput
    from optimiser.result import Finding


def examine_programmes(data: PlanInput) -> Iterator[Finding]:
    """Programmes nobody can start or leave for a post, cohorts, and Places in the wrong quarters."""
    trainee = trainee_posts(data)
    used = Counter(g.trainee_post for g in data.programmes)
    for post in data.posts:
        if post.post in trainee and post.post not in used:
            yield warning(
                "IN-13", "Posts", [post.post], "No programme trains people in this trainee post, so nobody can hold it.", "Add it to Programmes."
            )
    first = quarter_number(data.settings.first_quarter)
    for g in data.programmes:
        key = [g.programme]
        if g.trainee_post not in trainee:
            what = f"{g.trainee_post} is not a trainee post."
            yield error("IN-03", "Programmes", key, what, "Set its contract to trainee in Posts, or name a trainee post.")
        elif used[g.trainee_post] > 1:
            what = f"The trainee post {g.trainee_post} is used by {used[g.trainee_post]} programmes."
            yield error("IN-05", "Programmes", key, what, "Give each programme a trainee post of its own.")
        if g.cohort_minimum > g.cohort_maximum:
            what = f"The smallest cohort ({g.cohort_minimum}) is larger than the largest ({g.cohort_maximum})."
            yield error("IN-03", "Programmes", key, what, "Swap or mend them.")
        if not any(f.from_post == g.trainee_post for f in data.flows):
            what = "Flows has no row out of its trainee post: every graduate would be lost."
            yield warning("IN-13", "Programmes", key, what, f"Add a flow from {g.trainee_post} to the post its graduates take up.")
        if not g.external and not any(f.to_post == g.trainee_post for f in data.flows):
            what = "Nobody from outside may start, and Flows has no row into its trainee post: nobody can start."
            yield warning("IN-13", "Programmes", key, what, f"Add a flow into {g.trainee_post}, or let people from outside start.")
    intakes = {g.programme: g.intake_quarters.split() for g in data.programmes}
    for place in data.places:
        number_of = quarter_number(place.quarter)
        if 0 <= number_of - first < data.settings.quarters and str(number_of % 4 + 1) not in intakes[place.programme]:
            what = f"The course does not start in this quarter (it starts in quarters {' '.join(intakes[place.programme])} of the year)."
            yield warning("IN-14", "Places", [place.programme, place.quarter], what, "Move the places to an intake quarter.")


def examine_trainees(data: PlanInput) -> Iterator[Finding]:
    """Cohorts that start in the plan or finished before it."""
    first = quarter_number(data.settings.first_quarter)
    length = {g.programme: g.length for g in data.programmes}
    for row in data.trainees:
        key = [row.service, row.programme, row.started]
        started = quarter_number(row.started)
        if started >= first:
            what = f"The cohort starts in the plan, which begins in {data.settings.first_quarter}."
            yield error("IN-08", "Trainees", key, what, "Delete the row; a cohort that must start is a limit on intake.")
        elif started + length[row.programme] < first:
            what = f"The course lasts {named(length[row.programme], 'quarter')}, so this cohort finished before the plan begins."
            yield error("IN-08", "Trainees", key, what, "Delete the row, and count those kept on in Staff.")
