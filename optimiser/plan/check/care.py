"""Care: clinical time, courses, queues and outreach, and rules C1 to C5, D1, O1 and O2."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optimiser.plan.check.findings import above, differs, fault, gap_of, stated_in, tolerance
from optimiser.plan.check.groups import group_hours
from optimiser.plan.check.simulation import Sums
from optimiser.plan.data import STEPS, Shortfall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check.findings import Gap
    from optimiser.plan.check.simulation import Key, Plan
    from optimiser.plan.data import Care, Outreach, PlanInput, Post
    from optimiser.result import Finding


def clinical_hours(data: PlanInput, post: Post) -> float:
    """Clinical hours of one WTE of a post in an average week, absence and supervision received taken off (κ of the page)."""
    received = sum(need.received for need in data.supervision_needs if need.post == post.post)
    net = (data.settings.hours_per_week - post.other_hours) * post.service_days / 5 - received
    return post.caseload * (1 - post.absence) * max(0.0, net)


def course_hours(care: Care) -> float:
    """Hours a course takes, lost slots and write-up counted, assessment not (w of the page)."""
    return care.sessions * (care.session_minutes / care.attended + care.writeup_minutes) / 60


# --- what follows from the decisions ----------------------------------------------------------------------------------


def _stretches(data: PlanInput) -> dict[Key, list[tuple[float, float]]]:
    """Width and referrals per hour of each community's stretches, in order."""
    found: dict[Key, list[tuple[float, float]]] = defaultdict(list)
    for row in sorted(data.outreach_returns, key=lambda r: r.stretch):
        found[row.service, row.community].append((row.hours, row.referrals_per_hour))
    return found


def _arrival_shares(outreach: Outreach) -> list[float]:
    """Share of the extra referrals that arrive in each quarter from the lag on: taper, …, 1 over their sum."""
    total = outreach.taper * (outreach.taper + 1) / 2
    return [weight / total for weight in range(outreach.taper, 0, -1)]


def follow_outreach(plan: Plan) -> None:
    """Extra referrals: hours fill the stretches in order, and what they earn arrives after the lag (rule O2)."""
    stretches = _stretches(plan.data)
    for row in plan.data.outreach:
        for t in plan.times:
            hours = plan.clinical[row.service, row.community, t] + plan.workers[row.service, row.community, t]
            earned = 0.0
            for width, per_hour in stretches[row.service, row.community]:
                used = min(hours, width)
                earned += used * per_hour
                hours -= used
            for later, share in enumerate(_arrival_shares(row), t + row.lag):
                if later in plan.times:
                    plan.extra.add((row.service, later), earned * share)
                    plan.reached.add((row.service, row.community, later), earned * share)


def follow_care(plan: Plan) -> None:
    """Queues, courses started and completed (rules C3, C4, C5)."""
    referrals = Sums({(row.service, row.quarter): row.referrals for row in plan.data.demand})
    bought = Sums()
    worth = Sums()
    for row in plan.data.digital:
        for t in plan.times:
            courses = row.block * plan.blocks[row.service, row.provider, row.step, t]
            bought.add((row.service, row.step, t), courses)
            worth.add((row.service, row.step, t), row.quality * courses)
    groups = {(g.service, g.step): g for g in plan.data.group_courses}
    weeks = plan.data.settings.weeks_per_quarter
    for s in plan.services:
        for step in STEPS:  # low first: its starts join the high-intensity queue a quarter later
            care = plan.care.get((s, step))
            if care is None:
                continue
            low = plan.care.get((s, "low")) if step == "high" else None
            plan.waiting[s, step, 0] = care.waiting
            plan.started[s, step, 0] = care.carried_over
            ending, ending_in_groups = care.completion * care.carried_over, 0.0
            for t in plan.times:
                up = low.step_up * plan.started[s, "low", t - 1] if low else 0.0
                joined = care.route * (referrals[s, plan.quarter(t)] + plan.extra[s, t]) + up
                grouped = plan.group_starts[s, step, t]
                started = plan.starts[s, step, t] + grouped + bought[s, step, t]
                plan.joined[s, step, t] = joined
                plan.started[s, step, t] = started
                plan.waiting[s, step, t] = (1 - care.give_up) * plan.waiting[s, step, t - 1] + joined - started
                plan.too_long[s, step, t] = max(0.0, plan.waiting[s, step, t] - care.wait_weeks / weeks * started)
                begun_in_groups = care.completion * groups[s, step].quality * grouped if (s, step) in groups else 0.0
                begun = care.completion * (plan.starts[s, step, t] + worth[s, step, t]) + begun_in_groups
                completed = care.same_quarter * begun + (1 - care.same_quarter) * ending
                completed_in_groups = care.same_quarter * begun_in_groups + (1 - care.same_quarter) * ending_in_groups
                better = groups[s, step].recovery - 1 if (s, step) in groups else 0.0
                plan.completed[s, step, t] = completed
                plan.recovered[s, step, t] = care.reliable_recovery * (completed + better * completed_in_groups)
                ending, ending_in_groups = begun, begun_in_groups


def one_to_one_hours(plan: Plan, s: str, step: str, t: int) -> float:
    """Hours that one-to-one courses take in a quarter, without what interpreters add."""
    care = plan.care[s, step]
    now = plan.starts[s, step, t]
    last = plan.starts[s, step, t - 1] if t > 1 else care.carried_over
    return course_hours(care) * (care.same_quarter * now + (1 - care.same_quarter) * last) + care.assessment_minutes / 60 * now


def queue_figures(plan: Plan, s: str, step: str, t: int) -> dict[str, tuple[float, str]]:
    """Figures of a queue in a quarter, each with the rule that defines it."""
    care = plan.care[s, step]
    return {
        "joined": (plan.joined[s, step, t], "C3"),
        "gave_up": (care.give_up * plan.waiting[s, step, t - 1], "C3"),
        "started": (plan.started[s, step, t], "C3"),
        "waiting": (plan.waiting[s, step, t], "C3"),
        "too_long": (plan.too_long[s, step, t], "C4"),
        "completed": (plan.completed[s, step, t], "C5"),
        "recovered": (plan.recovered[s, step, t], "C5"),
    }


# --- rules ------------------------------------------------------------------------------------------------------------


def c1_time(plan: Plan) -> Iterator[Finding]:
    """C1: hours used for courses, supervision, outreach and supervisors' courses are at most the clinical hours of the staff in post."""
    settings = plan.data.settings
    hours = {post.post: clinical_hours(plan.data, post) for post in plan.data.posts}
    used = Sums()
    for (s, p, step, t), amount in plan.treatment.items():
        used.add((s, p, t), amount)
        if abs(amount) > tolerance() and not getattr(plan.posts[p], step):
            what = f"{amount:,.6g} hours are used for {step}-intensity courses, which the post cannot give."
            yield fault("C1", f"{s}, {p}, {plan.quarter(t)}", what, amount)
    for (s, p, _, t), weekly in plan.given.items():
        used.add((s, p, t), settings.weeks_per_quarter * weekly)
    post_of = {(o.service, o.community): o.post for o in plan.data.outreach}
    for (s, c, t), amount in plan.clinical.items():
        used.add((s, post_of[s, c], t), amount)
    course = {kind.kind: kind.course_hours for kind in plan.data.supervision_kinds}
    for (s, p, k, t), people in plan.courses.items():
        used.add((s, p, t), course[k] * people)
    for (s, p, t), amount in used.items():
        effective = plan.staff[s, p, t] - (1 - plan.posts[p].starter_caseload) * plan.arrivals[s, p, t] - plan.given_up[s, p, t]
        bound = settings.weeks_per_quarter * hours[p] * effective
        yield from above("C1", f"{s}, {p}, {plan.quarter(t)}", "Clinical hours used", amount, bound, "hours")


def c2_sessions(plan: Plan) -> Iterator[Gap]:
    """C2: the hours used for courses are at least those that the courses started take, or the shortfall is stated."""
    used = Sums()
    for (s, _, step, t), amount in plan.treatment.items():
        used.add((s, step, t), amount)
    longer = Sums()
    for language in plan.data.languages:
        for step in STEPS:
            for t in plan.times:
                interpreters = plan.interpreters[language.service, language.language, step, t]
                longer.add((language.service, step, t), (1 - 1 / language.longer) * interpreters)
    groups = {(g.service, g.step): g for g in plan.data.group_courses}
    for (s, step), care in plan.care.items():
        assessment, same = care.assessment_minutes / 60, care.same_quarter
        for t in plan.times:
            need = one_to_one_hours(plan, s, step, t) + longer[s, step, t]
            if (s, step) in groups:
                grouped = plan.group_starts[s, step, t]
                need += group_hours(groups[s, step]) * (same * grouped + (1 - same) * plan.group_starts[s, step, t - 1]) + assessment * grouped
            have = used[s, step, t]
            row = Shortfall(rule="C2", service=s, item=step, quarter=plan.quarter(t), short=max(0.0, need - have))
            yield gap_of("C2", row, 0.1, f"{step}-intensity courses take {need:,.6g} hours, {have:,.6g} are used", scale=(need, have))


def _queues_stated(plan: Plan, code: str) -> Iterator[Finding]:
    table = plan.tables["queues"]
    for s, step in plan.care:
        for t in plan.times:
            size = tolerance(plan.waiting[s, step, t], plan.started[s, step, t])
            for name, (own, rule) in queue_figures(plan, s, step, t).items():
                if rule == code:
                    what = name.replace("_", " ").capitalize()
                    yield from differs(code, f"{s}, {step}, {plan.quarter(t)}", what, stated_in(table, (s, step, t), name), own, size)


def c3_queues(plan: Plan) -> Iterator[Finding]:
    """C3: queues follow from who joins, gives up and starts, are never negative, and the answer states them rightly."""
    for (s, step), care in plan.care.items():
        for t in plan.times:
            waiting = plan.waiting[s, step, t]
            if waiting < -tolerance(plan.started[s, step, t], plan.joined[s, step, t]):
                there = (1 - care.give_up) * plan.waiting[s, step, t - 1] + plan.joined[s, step, t]
                what = f"{plan.started[s, step, t]:,.6g} courses start and {there:,.6g} people are there to start one: {-waiting:,.4g} too many."
                yield fault("C3", f"{s}, {step}, {plan.quarter(t)}", what, -waiting)
    yield from _queues_stated(plan, "C3")


def c4_waiting_too_long(plan: Plan) -> Iterator[Finding]:
    """C4: people wait too long who are more than the standard's weeks of starts can take, and the answer states them rightly."""
    yield from _queues_stated(plan, "C4")


def c5_completed_courses(plan: Plan) -> Iterator[Finding]:
    """C5: courses completed and reliable recoveries follow from courses started, and the answer states them rightly."""
    yield from _queues_stated(plan, "C5")


def d1_digital(plan: Plan) -> Iterator[Finding]:
    """D1: digital courses are bought in whole blocks, at most the provider's number and at most its share of all courses started."""
    for row in plan.data.digital:
        for t in plan.times:
            blocks = plan.blocks[row.service, row.provider, row.step, t]
            place = f"{row.service}, {row.provider}, {row.step}, {plan.quarter(t)}"
            off = abs(blocks - round(blocks))
            if off > 0:
                yield fault("D1", place, f"{blocks:,.6g} is not a whole number of blocks.", off)
            yield from above("D1", place, "Blocks bought", blocks, row.maximum, "blocks")
            share = row.maximum_share * plan.started[row.service, row.step, t]
            yield from above("D1", place, "Courses bought", row.block * blocks, share, "courses")


def o1_outreach_hours(plan: Plan) -> Iterator[Finding]:
    """O1: outreach hours are at most what clinicians and workers have for it, and at most the width of all stretches."""
    stretches = _stretches(plan.data)
    for row in plan.data.outreach:
        width = sum(hours for hours, _ in stretches[row.service, row.community])
        for t in plan.times:
            place = f"{row.service}, {row.community}, {plan.quarter(t)}"
            clinical, workers = plan.clinical[row.service, row.community, t], plan.workers[row.service, row.community, t]
            yield from above("O1", place, "Clinicians' outreach", clinical, row.clinical_hours, "hours")
            yield from above("O1", place, "Workers' outreach", workers, row.worker_hours, "hours")
            yield from above("O1", place, "Outreach", clinical + workers, width, "hours")


def o2_outreach_returns(plan: Plan) -> Iterator[Finding]:
    """O2: outreach earns referrals stretch by stretch, in order, after the lag and over the taper, and the answer states them rightly."""
    own = sum(plan.extra.values())
    yield from differs(
        "O2", "whole plan", "Reached by outreach", stated_in(plan.tables["terms"], ("reached_by_outreach",), "value"), own, tolerance(own)
    )
