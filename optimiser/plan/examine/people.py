"""People: Posts, Flows, Staff and Recruitment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.check import clinical_hours
from optimiser.plan.data import STEPS
from optimiser.plan.examine.findings import ALMOST, error, warning
from optimiser.plan.examine.reach import trainee_posts
from optimiser.words import named, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import Care, PlanInput
    from optimiser.result import Finding

USUAL_CONTACTS = {"low": 30.0, "high": 26.0}
"""Most contacts in a full working week that a job plan is believed to hold; services plan 22 and report 15 to 25."""


def _contact_hours(care: Care) -> float:
    """Hours of work for one session attended, lost slots and write-up counted."""
    return (care.session_minutes / care.attended + care.writeup_minutes) / 60


def examine_posts(data: PlanInput) -> Iterator[Finding]:
    """Posts that give courses in no time, or in more time than anybody has."""
    for post in data.posts:
        if not (post.low or post.high):
            continue
        if clinical_hours(data, post) == 0:
            what = "No clinical hours are left after other hours, supervision, absence and caseload, yet the post can give courses."
            yield warning("IN-11", "Posts", [post.post], what, "Lower other hours or raise the caseload, or set low and high intensity to no.")
            continue
        worked = clinical_hours(data, post) / (1 - post.absence)
        for step in STEPS:
            contacts = max(
                (worked / _contact_hours(c) for c in data.care if c.step == step and getattr(post, step) and _contact_hours(c)), default=0.0
            )
            if contacts > USUAL_CONTACTS[step]:
                what = f"{number(contacts, 1)} contacts in a full working week is above the usual {USUAL_CONTACTS[step]:g} for {step} intensity."
                yield warning("IN-11", "Posts", [post.post], what, "Check other hours, session length and write-up, or confirm it in Assumptions.")


def examine_flows(data: PlanInput) -> Iterator[Finding]:
    """Flows from a post to itself, or from training to training."""
    trainee = trainee_posts(data)
    for flow in data.flows:
        key = [flow.from_post, flow.to_post]
        if flow.from_post == flow.to_post:
            yield error("IN-03", "Flows", key, "A flow must lead from one post to another.", "Name another post, or delete the row.")
        elif flow.from_post in trainee and flow.to_post in trainee:
            yield error("IN-03", "Flows", key, "Both posts are trainee posts.", "A graduate's flow must lead to a qualified post.")


def examine_staff(data: PlanInput) -> Iterator[Finding]:
    """Trainees among the staff, staff counted twice, and more in post than established."""
    trainee = trainee_posts(data)
    for row in data.staff:
        key = [row.service, row.post]
        if row.post in trainee:
            yield error("IN-03", "Staff", key, "Trainees are not listed here.", "Enter their cohorts in Trainees.")
        if row.first_year + row.long_serving > row.in_post + ALMOST:
            over = row.first_year + row.long_serving - row.in_post
            what = f"First year ({row.first_year:g}) and long serving ({row.long_serving:g}) are {over:g} more than in post ({row.in_post:g})."
            yield error("IN-03", "Staff", key, what, "Nobody can be both: mend the three figures.")
        if row.in_post > row.established + ALMOST:
            what = f"{row.in_post:g} WTE are in post and {row.established:g} posts are established."
            yield warning("IN-11", "Staff", key, what, "Check the number of posts established.")


def examine_recruitment(data: PlanInput) -> Iterator[Finding]:
    """Trainees hired, and leads as long as the plan."""
    trainee = trainee_posts(data)
    for row in data.recruitment:
        key = [row.service, row.post]
        if row.post in trainee:
            yield error("IN-03", "Recruitment", key, "Trainees are not hired but started.", "Delete the row; intakes are limited in Programmes.")
        if row.lead >= data.settings.quarters:
            what = f"The lead of {named(row.lead, 'quarter')} is as long as the plan: nobody can arrive."
            yield warning("IN-14", "Recruitment", key, what, "Check the lead.")
