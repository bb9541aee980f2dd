"""Training: cohorts, graduates and conversions, and rules T1 to T6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimiser.plan.check.findings import above, differs, fault, gap_of, stated_in, tolerance
from optimiser.plan.check.simulation import Sums
from optimiser.plan.data import Shortfall, quarter_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.check.findings import Gap
    from optimiser.plan.check.simulation import Plan
    from optimiser.plan.data import Programme
    from optimiser.result import Finding


def takes_in(programme: Programme, number: int) -> bool:
    """Whether a programme starts in a quarter (a quarter number)."""
    return str(number % 4 + 1) in programme.intake_quarters.split()


def follow_training(plan: Plan) -> None:
    """Trainees in post, graduates and conversions, cohorts already in training counted."""
    first = quarter_number(plan.data.settings.first_quarter)
    programmes = {g.programme: g for g in plan.data.programmes}
    begun = Sums({key: people for key, people in plan.intakes.items() if people})
    for row in plan.data.trainees:
        begun.add((row.service, row.programme, quarter_number(row.started) - first + 1), row.people)
    for (s, g, start), people in begun.items():
        programme = programmes[g]
        post = programme.trainee_post
        for age in range(programme.length):
            if 0 <= start + age <= plan.times[-1]:
                plan.staff.add((s, post, start + age), people * programme.completion ** (age / programme.length))
        if start + programme.length in plan.times:
            plan.graduates.add((s, g, start + programme.length), programme.completion * people)
        if start in plan.times:
            plan.arrivals.add((s, post, start), people)
    for s in plan.services:
        for post, programme in plan.training.items():
            for t in plan.times:
                out = plan.graduates[s, programme.programme, t]
                plan.leavers[s, post, t] = plan.staff[s, post, t - 1] + plan.arrivals[s, post, t] - out - plan.staff[s, post, t]
    for (s, from_post, _, t), wte in plan.conversions.items():
        if from_post in plan.training:
            plan.converted.add((s, plan.training[from_post].programme, t), wte)


# --- rules ------------------------------------------------------------------------------------------------------------


def t1_intakes(plan: Plan) -> Iterator[Finding]:
    """T1: intakes are whole, in the programme's intake quarters, and within its smallest and largest cohort."""
    first = quarter_number(plan.data.settings.first_quarter)
    programmes = {g.programme: g for g in plan.data.programmes}
    for (s, g, t), people in plan.intakes.items():
        place, programme = f"{s}, {g}, {plan.quarter(t)}", programmes[g]
        off = abs(people - round(people))
        if off > 0:
            yield fault("T1", place, f"An intake of {people:,.6g} is not a whole number of people.", off)
        if not people:
            continue
        if not takes_in(programme, first + t - 1):
            yield fault("T1", place, f"{people:g} people start, and the course starts in quarters {programme.intake_quarters} of the year.", people)
        if people < programme.cohort_minimum:
            short = programme.cohort_minimum - people
            yield fault("T1", place, f"{people:g} people start, and the smallest cohort is {programme.cohort_minimum}.", short)
        if people > programme.cohort_maximum:
            over = people - programme.cohort_maximum
            yield fault("T1", place, f"{people:g} people start, and the largest cohort is {programme.cohort_maximum}.", over)


def t2_trainees_in_post(plan: Plan) -> Iterator[Finding]:
    """T2: trainees in post are those of every cohort in training who have not dropped out, and the answer states them rightly."""
    table = plan.tables["staff"]
    for s in plan.services:
        for p in plan.training:
            for t in plan.times:
                own = plan.staff[s, p, t]
                for name, value in (("wte", own), ("arrivals", plan.arrivals[s, p, t]), ("leavers", plan.leavers[s, p, t])):
                    what = "Trainees in post" if name == "wte" else f"Trainees, {name}"
                    yield from differs("T2", f"{s}, {p}, {plan.quarter(t)}", what, stated_in(table, (s, p, t), name), value, tolerance(own))


def t3_graduates(plan: Plan) -> Iterator[Finding]:
    """T3: at most the graduates of a quarter are converted, along Flows; the rest are lost, and the answer says so."""
    for (s, from_post, to_post, t), wte in plan.conversions.items():
        if abs(wte) > tolerance() and (from_post not in plan.training or (from_post, to_post) not in plan.flows):
            what = f"{wte:,.4g} WTE are converted to {to_post}, and Flows has no such conversion."
            yield fault("T3", f"{s}, {from_post}, {plan.quarter(t)}", what, wte)
    table = plan.tables["lost_trainees"]
    for s in plan.services:
        for programme in plan.data.programmes:
            g = programme.programme
            for t in plan.times:
                place = f"{s}, {g}, {plan.quarter(t)}"
                graduates, converted = plan.graduates[s, g, t], plan.converted[s, g, t]
                yield from above("T3", place, "Conversions", converted, graduates, "graduates")
                yield from differs("T3", place, "Graduates", stated_in(table, (s, g, t), "graduates"), graduates, tolerance(graduates))
                lost = max(0.0, graduates - converted)
                yield from differs("T3", place, "Lost trainees", stated_in(table, (s, g, t), "lost"), lost, tolerance(graduates))


def t4_places(plan: Plan) -> Iterator[Finding]:
    """T4: all services together, or those of a region, start at most as many people as a course has places."""
    first = quarter_number(plan.data.settings.first_quarter)
    people = Sums()
    for (s, g, t), started in plan.intakes.items():
        for shared in {"", plan.services[s].region if s in plan.services else ""}:
            people.add((g, t, shared), started)
    for row in plan.data.places:
        started = people[row.programme, quarter_number(row.quarter) - first + 1, row.region]
        place = ", ".join(part for part in (row.region, row.programme, row.quarter) if part)
        yield from above("T4", place, "People starting", started, row.places, "people")


def t5_internal_entry(plan: Plan) -> Iterator[Finding]:
    """T5: moves into a trainee post are at most the intake, and all of it where the programme takes nobody from outside."""
    for s in plan.services:
        for p, programme in plan.training.items():
            for t in plan.times:
                place = f"{s}, {programme.programme}, {plan.quarter(t)}"
                people, inside = plan.intakes[s, programme.programme, t], plan.moved_in[s, p, t]
                yield from above("T5", place, "Staff entering training from the service", inside, people, "people")
                if not programme.external and inside < people - tolerance(people):
                    what = f"{people:g} people start and {inside:,.4g} come from the service; the course takes nobody from outside."
                    yield fault("T5", place, what, people - inside)


def t6_trainees_to_qualified(plan: Plan) -> Iterator[Gap]:
    """T6: trainees in post are at most a multiple of the qualified clinical staff in post, or the shortfall is stated."""
    ratio = plan.data.settings.trainees_per_qualified
    clinical = [p for p in plan.qualified if plan.posts[p].low or plan.posts[p].high]
    for s in plan.services:
        for t in plan.times:
            trainees = sum(plan.staff[s, p, t] for p in plan.training)
            bound = ratio * sum(plan.staff[s, p, t] for p in clinical)
            row = Shortfall(rule="T6", service=s, quarter=plan.quarter(t), short=max(0.0, trainees - bound))
            yield gap_of("T6", row, 1.0, f"{trainees:,.4g} trainees, qualified staff can carry {bound:,.4g}", scale=(trainees, bound))
