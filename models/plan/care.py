"""Chapter "Care" of the page: clinicians' time, sessions, queues, waiting, courses completed, digital courses, outreach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyomo.environ import Binary, ConcreteModel, NonNegativeIntegers, NonNegativeReals, Set, Var

from models.plan.people import hours_given_up
from models.plan.training import started as started_training
from optimiser.plan.data import STEPS

if TYPE_CHECKING:
    from models.plan.facts import Expression


def declare(m: ConcreteModel) -> None:
    """Decide courses started, hours used for them, digital blocks and outreach; queues follow."""
    d = m.facts
    m.CARE = Set(initialize=list(d.care), dimen=2)
    m.TREATS = Set(initialize=[(s, p, i) for s, i in m.CARE for p in d.post if d.treats(p, i)], dimen=3)
    m.starts = Var(m.CARE, d.T, domain=NonNegativeReals)
    m.treatment = Var(m.TREATS, d.T, domain=NonNegativeReals)
    m.waiting = Var(m.CARE, d.T, domain=NonNegativeReals)
    m.too_long = Var(m.CARE, d.T, domain=NonNegativeReals)
    m.completed = Var(m.CARE, d.T, domain=NonNegativeReals)
    m.DIGITAL = Set(initialize=list(d.digital), dimen=3)
    m.blocks = Var(m.DIGITAL, d.T, domain=NonNegativeIntegers)
    m.OUTREACH = Set(initialize=list(d.outreach), dimen=2)
    m.outreach_clinical = Var(m.OUTREACH, d.T, domain=NonNegativeReals)
    m.outreach_worker = Var(m.OUTREACH, d.T, domain=NonNegativeReals)
    m.STRETCHES = Set(initialize=[(s, c, n) for s, c in m.OUTREACH for n in range(len(d.stretches[s, c]))], dimen=3)
    m.stretch_hours = Var(m.STRETCHES, d.T, domain=NonNegativeReals)
    m.stretch_full = Var([(s, c, n) for s, c, n in m.STRETCHES if n + 1 < len(d.stretches[s, c])], d.T, domain=Binary)


def bought(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
    """Courses bought from digital providers."""
    return sum(r.block * m.blocks[v, s, i, t] for (v, a, b), r in m.facts.digital.items() if (a, b) == (s, i))


def in_groups(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
    """Courses started in groups (rule C8); those carried over count as one-to-one courses."""
    return m.group_starts[s, i, t] if (s, i) in m.GROUPS and t >= 1 else 0.0


def started(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
    """Courses started, own (one to one and in groups) and bought; those carried over in quarter 0."""
    return m.starts[s, i, t] + in_groups(m, s, i, t) + bought(m, s, i, t) if t >= 1 else m.facts.care[s, i].carried_over


def group_work(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
    """Hours that courses in groups take in a quarter, assessments included."""
    if (s, i) not in m.GROUPS:
        return 0.0
    d = m.facts
    care, now, before = d.care[s, i], in_groups(m, s, i, t), in_groups(m, s, i, t - 1)
    return d.group_hours(s, i) * (care.same_quarter * now + (1 - care.same_quarter) * before) + care.assessment_minutes / 60 * now


def will_complete(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
    """Of the courses started in a quarter, those that will be completed (the page's z)."""
    d = m.facts
    if t < 1:
        return d.care[s, i].completion * d.care[s, i].carried_over
    digital = sum(r.quality * r.block * m.blocks[v, s, i, t] for (v, a, b), r in d.digital.items() if (a, b) == (s, i))
    return d.care[s, i].completion * (m.starts[s, i, t] + digital) + will_complete_in_groups(m, s, i, t)


def will_complete_in_groups(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
    """Of the courses started in groups in a quarter, those that will be completed."""
    d = m.facts
    return d.care[s, i].completion * d.group_courses[s, i].quality * in_groups(m, s, i, t) if (s, i) in m.GROUPS else 0.0


def recovered(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
    """Completed courses of a quarter that end in reliable recovery, those in groups at their own rate."""
    d = m.facts
    share = d.care[s, i].same_quarter
    completed = m.completed[s, i, t]
    if (s, i) in m.GROUPS:
        grouped = share * will_complete_in_groups(m, s, i, t) + (1 - share) * will_complete_in_groups(m, s, i, t - 1)
        completed += (d.group_courses[s, i].recovery - 1) * grouped
    return d.care[s, i].reliable_recovery * completed


def reached(m: ConcreteModel, s: str, c: str, t: int) -> Expression:
    """Extra referrals that outreach brings in a quarter (rule O2)."""
    d = m.facts
    return sum(
        d.outreach_weight(s, c, t - u) * rate * m.stretch_hours[s, c, n, u]
        for n, (_, rate) in enumerate(d.stretches[s, c])
        for u in range(1, t + 1)
        if d.outreach_weight(s, c, t - u) > 0
    )


def joined(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
    """People who join a queue in a quarter: referrals, outreach and, for high intensity, those stepped up."""
    d = m.facts
    extra = sum(reached(m, s, c, t) for a, c in m.OUTREACH if a == s)
    return d.care[s, i].route * (d.referrals.get((s, t), 0.0) + extra) + stepped_up(m, s, i, t)


def stepped_up(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
    """People who join the high-intensity queue from courses of the other step."""
    d = m.facts
    return d.care[s, STEPS[0]].step_up * started(m, s, STEPS[0], t - 1) if i == STEPS[1] and (s, STEPS[0]) in d.care else 0.0


def one_to_one_hours(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
    """Hours that the service's own one-to-one courses take in a quarter; the longer sessions with interpreters come on top (rule C6)."""
    d = m.facts
    care = d.care[s, i]
    before = m.starts[s, i, t - 1] if t > 1 else care.carried_over
    hours = d.course_hours(s, i) * (care.same_quarter * m.starts[s, i, t] + (1 - care.same_quarter) * before)
    return hours + care.assessment_minutes / 60 * m.starts[s, i, t]


def gave_up(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
    """People who give up waiting between a quarter's end and the next."""
    care = m.facts.care[s, i]
    return care.give_up * (m.waiting[s, i, t - 1] if t > 1 else care.waiting)


def c1_time(m: ConcreteModel) -> None:
    """Treatment, supervision given, outreach and supervisors' courses fit into the clinical hours of staff in post."""
    d = m.facts
    weeks = d.data.settings.weeks_per_quarter

    @m.Constraint(d.S, list(d.post), d.T)
    def c1_time(m: ConcreteModel, s: str, p: str, t: int) -> Expression:
        treating = sum(m.treatment[s, p, i, t] for i in STEPS if (s, p, i) in m.TREATS)
        supervising = sum(weeks * m.supervision[s, p, k, t] for q, k in m.GIVERS if q == p)
        supervising += sum(d.kind[k].course_hours * m.trained[s, p, k, t] for q, k in m.GIVERS if q == p and (p, k, t) in m.COURSES)
        outreach = sum(m.outreach_clinical[s, c, t] for (a, c), r in d.outreach.items() if (a, r.post) == (s, p))
        if (s, p) in m.SP:
            arrived = m.arrivals[s, p, t]
        else:
            arrived = started_training(m, s, d.programme_of[p].programme, t) if p in d.programme_of else 0.0
        present = m.in_post[s, p, t] - (1 - d.post[p].starter_caseload) * arrived - hours_given_up(m, s, p, t)
        return treating + supervising + outreach <= weeks * d.clinical_hours[p] * present


def c2_sessions(m: ConcreteModel) -> None:
    """Courses get their sessions: part in the quarter they start, the rest in the next, and their assessment at the start."""
    d = m.facts

    @m.Constraint(m.CARE, d.T)
    def c2_sessions(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
        work = one_to_one_hours(m, s, i, t) + group_work(m, s, i, t)
        work += sum((r.longer - 1) * d.session_share(s, i) * m.interpreted[s, k, i, t] for k, r in d.languages.get(s, {}).items())
        return sum(m.treatment[s, p, i, t] for a, p, b in m.TREATS if (a, b) == (s, i)) + m.short["C2", s, i, t] >= work


def c3_queues(m: ConcreteModel) -> None:
    """People wait until they start or give up; nobody starts who does not wait."""
    d = m.facts

    @m.Constraint(m.CARE, d.T)
    def c3_queues(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
        before = m.waiting[s, i, t - 1] if t > 1 else d.care[s, i].waiting
        return m.waiting[s, i, t] == before - gave_up(m, s, i, t) + joined(m, s, i, t) - started(m, s, i, t)


def c4_waiting_too_long(m: ConcreteModel) -> None:
    """By Little's law a queue of starts times weeks waits that many weeks; the rest of the queue waits too long."""
    d = m.facts

    @m.Constraint(m.CARE, d.T)
    def c4_waiting_too_long(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
        allowed = d.care[s, i].wait_weeks / d.data.settings.weeks_per_quarter * started(m, s, i, t)
        return m.too_long[s, i, t] >= m.waiting[s, i, t] - allowed


def c5_completed_courses(m: ConcreteModel) -> None:
    """Courses are completed in part in the quarter they start, the rest in the next."""
    d = m.facts

    @m.Constraint(m.CARE, d.T)
    def c5_completed_courses(m: ConcreteModel, s: str, i: str, t: int) -> Expression:
        share = d.care[s, i].same_quarter
        return m.completed[s, i, t] == share * will_complete(m, s, i, t) + (1 - share) * will_complete(m, s, i, t - 1)


def d1_digital(m: ConcreteModel) -> None:
    """Digital courses are bought in whole blocks, up to the offer's maximum and to a share of all courses started."""
    d = m.facts
    for v, s, i in m.DIGITAL:
        for t in d.T:
            m.blocks[v, s, i, t].setub(d.digital[v, s, i].maximum)

    @m.Constraint([(v, s, i) for v, s, i in m.DIGITAL if (s, i) in m.CARE], d.T)
    def d1_share(m: ConcreteModel, v: str, s: str, i: str, t: int) -> Expression:
        r = d.digital[v, s, i]
        return r.block * m.blocks[v, s, i, t] <= r.maximum_share * started(m, s, i, t)


def o1_outreach_hours(m: ConcreteModel) -> None:
    """Outreach hours by clinicians and workers each have a maximum; together they fill the stretches."""
    d = m.facts
    for s, c in m.OUTREACH:
        for t in d.T:
            m.outreach_clinical[s, c, t].setub(d.outreach[s, c].clinical_hours)
            m.outreach_worker[s, c, t].setub(d.outreach[s, c].worker_hours)

    @m.Constraint(m.OUTREACH, d.T)
    def o1_outreach_hours(m: ConcreteModel, s: str, c: str, t: int) -> Expression:
        hours = sum(m.stretch_hours[s, c, n, t] for n in range(len(d.stretches[s, c])))
        return m.outreach_clinical[s, c, t] + m.outreach_worker[s, c, t] == hours


def o2_outreach_returns(m: ConcreteModel) -> None:
    """Stretches are filled in order, the best first: a later one only once the one before is full."""
    d = m.facts
    for s, c, n in m.STRETCHES:
        for t in d.T:
            m.stretch_hours[s, c, n, t].setub(d.stretches[s, c][n][0])

    @m.Constraint(m.stretch_full.index_set())
    def o2_full_before_next(m: ConcreteModel, s: str, c: str, n: int, t: int) -> Expression:
        return m.stretch_hours[s, c, n, t] >= d.stretches[s, c][n][0] * m.stretch_full[s, c, n, t]

    @m.Constraint(m.stretch_full.index_set())
    def o2_next_after_full(m: ConcreteModel, s: str, c: str, n: int, t: int) -> Expression:
        return m.stretch_hours[s, c, n + 1, t] <= d.stretches[s, c][n + 1][0] * m.stretch_full[s, c, n, t]
