"""Supervision: rules S1 to S5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.check.findings import above, fault, gap_of
from optimiser.plan.check.people import quarterly
from optimiser.plan.check.simulation import Sums
from optimiser.plan.data import Shortfall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check.findings import Gap
    from optimiser.plan.check.simulation import Plan
    from optimiser.result import Finding


def s1_supervision_hours(plan: Plan) -> Iterator[Gap]:
    """S1: the supervision hours given in a week are at least those needed, the supervisors' own included, or the shortfall is stated."""
    given, trained = Sums(), Sums()
    for (s, _, k, t), hours in plan.given.items():
        given.add((s, k, t), hours)
    for (s, _, k, t), wte in plan.supervisors.items():
        trained.add((s, k, t), wte)
    for s in plan.services:
        for kind in plan.data.supervision_kinds:
            needs = [(n.post, n.hours) for n in plan.data.supervision_needs if n.kind == kind.kind]
            for t in plan.times:
                have = given[s, kind.kind, t]
                need = sum(hours * plan.staff[s, p, t] for p, hours in needs) + kind.own_hours * trained[s, kind.kind, t]
                row = Shortfall(rule="S1", service=s, item=kind.kind, quarter=plan.quarter(t), short=max(0.0, need - have))
                yield gap_of("S1", row, 1.0, f"{need:,.6g} hours of supervision a week needed, {have:,.6g} given", scale=(need, have))


def s2_hours_of_a_supervisor(plan: Plan) -> Iterator[Finding]:
    """S2: supervision given is at most the hours of the trained supervisors at work."""
    for (s, p, k, t), hours in plan.given.items():
        giver = plan.givers.get((p, k))
        bound = giver.hours * plan.supervisors[s, p, k, t] if giver else 0.0
        yield from above("S2", f"{s}, {p}, {k}, {plan.quarter(t)}", "Supervision given", hours, bound, "hours a week")


def s3_trainees_per_supervisor(plan: Plan) -> Iterator[Gap]:
    """S3: trainees who need a kind of supervision are at most a number for each supervisor, or the shortfall is stated."""
    trained = Sums()
    for (s, _, k, t), wte in plan.supervisors.items():
        trained.add((s, k, t), wte)
    for s in plan.services:
        for kind in plan.data.supervision_kinds:
            posts = [n.post for n in plan.data.supervision_needs if n.kind == kind.kind and n.post in plan.training]
            for t in plan.times:
                trainees = sum(plan.staff[s, p, t] for p in posts)
                bound = kind.trainees_per_supervisor * trained[s, kind.kind, t]
                row = Shortfall(rule="S3", service=s, item=kind.kind, quarter=plan.quarter(t), short=max(0.0, trainees - bound))
                yield gap_of("S3", row, 1.0, f"{trainees:,.4g} trainees, the supervisors can take {bound:,.4g}", scale=(trainees, bound))


def s4_supervisors(plan: Plan) -> Iterator[Finding]:
    """S4: supervisors at work are at most those of the quarter before who stay and those whose course, run in its quarters, has taken effect."""
    lag = {kind.kind: kind.course_lag for kind in plan.data.supervision_kinds}
    runs = {kind.kind: kind.course_quarters.split() for kind in plan.data.supervision_kinds}
    before = Sums({(row.service, row.post, row.kind): row.trained for row in plan.data.supervisors})
    for (s, p, k, t), people in plan.courses.items():
        place = f"{s}, {p}, {k}, {plan.quarter(t)}"
        off = abs(people - round(people))
        if off > 0:
            yield fault("S4", place, f"{people:,.6g} sent on the course is not a whole number of people.", off)
        if people and plan.quarter(t)[-1] not in runs.get(k, ()):
            yield fault("S4", place, f"{people:g} sent on the course, which does not run in this quarter of the year.", people)
        if people and (p, k) not in plan.givers:
            yield fault("S4", place, f"{people:g} sent on the course, and Supervision givers has no row for the post and kind.", people)
    for (s, p, k, t), trained in plan.supervisors.items():
        last = plan.supervisors[s, p, k, t - 1] if t > 1 else before[s, p, k]
        bound = quarterly(plan.posts[p].leavers_later) * last + plan.courses[s, p, k, t - lag[k]]
        yield from above("S4", f"{s}, {p}, {k}, {plan.quarter(t)}", "Supervisors at work", trained, bound, "WTE")


def s5_share_who_supervise(plan: Plan) -> Iterator[Finding]:
    """S5: supervisors at work are at most a share of the post's staff in post."""
    for (s, p, k, t), trained in plan.supervisors.items():
        giver = plan.givers.get((p, k))
        bound = giver.maximum_share * plan.staff[s, p, t] if giver else 0.0
        yield from above("S5", f"{s}, {p}, {k}, {plan.quarter(t)}", "Supervisors at work", trained, bound, "WTE")
