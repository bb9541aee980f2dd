"""The whole of it: the simulation, every rule in the order of its findings, the verdict on an answer, what follows from its decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from optimiser.plan.check.advisers import c7_employment_advisers
from optimiser.plan.check.answer import accept, key_of
from optimiser.plan.check.care import (
    c1_time,
    c2_sessions,
    c3_queues,
    c4_waiting_too_long,
    c5_completed_courses,
    d1_digital,
    follow_care,
    follow_outreach,
    o1_outreach_hours,
    o2_outreach_returns,
    queue_figures,
)
from optimiser.plan.check.equity import e1_access, e2_representation, follow_access, follow_representation
from optimiser.plan.check.findings import NEAR, fault
from optimiser.plan.check.groups import c8_group_courses
from optimiser.plan.check.integrated import c9_share_of_growth, c9_trained_posts
from optimiser.plan.check.language import c6_language, follow_language
from optimiser.plan.check.limits import l1_limits
from optimiser.plan.check.markets import p6_shared_labour_market
from optimiser.plan.check.money import (
    b1_budget,
    b1_carried_over,
    b1_spending_stated,
    b2_no_cliff_edge,
    b3_service_money,
    b4_outcome_payments,
    follow_money,
)
from optimiser.plan.check.objective import level_values, term_values, terms_stated
from optimiser.plan.check.people import follow_staff, p1_staff_in_post, p1_whole_people, p2_time_in_post, p3_posts, p4_labour_market, p5_releases
from optimiser.plan.check.retention import m1_retention
from optimiser.plan.check.rooms import r1_rooms, r1_rooms_rented
from optimiser.plan.check.simulation import Plan, Sums
from optimiser.plan.check.staffing import p7_over_establishment, p8_reduced_hours, p9_moves
from optimiser.plan.check.supervision import (
    s1_supervision_hours,
    s2_hours_of_a_supervisor,
    s3_trainees_per_supervisor,
    s4_supervisors,
    s5_share_who_supervise,
)
from optimiser.plan.check.training import (
    follow_training,
    t1_intakes,
    t2_trainees_in_post,
    t3_graduates,
    t4_places,
    t5_internal_entry,
    t6_trainees_to_qualified,
)
from optimiser.plan.data import Access, GroupInPost, LostTrainees, OutcomeIncome, Queue, Spend, StaffInPost, TermValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optimiser.plan.check.findings import Gap
    from optimiser.plan.check.simulation import Key
    from optimiser.plan.data import PlanAnswer, PlanInput, Shortfall
    from optimiser.result import Finding


# --- what follows from the decisions ----------------------------------------------------------------------------------


def _simulate(data: PlanInput, option: str, tables: dict[str, dict[Key, Any]]) -> Plan:
    """The decisions indexed and followed, chapter by chapter, each building on those before it."""

    def column(table: str, name: str) -> Sums:
        return Sums({key: float(getattr(row, name)) for key, row in tables[table].items()})

    plan = Plan(
        data=data,
        option=option,
        tables=tables,
        times=range(1, data.settings.quarters + 1),
        labels=data.quarters,
        services={s.service: s for s in data.services},
        posts={p.post: p for p in data.posts},
        qualified=tuple(p.post for p in data.posts if p.contract != "trainee"),
        training={g.trainee_post: g for g in data.programmes},
        care={(c.service, c.step): c for c in data.care},
        flows=frozenset((f.from_post, f.to_post) for f in data.flows),
        givers={(giver.post, giver.kind): giver for giver in data.supervision_givers},
        established=column("posts", "posts"),
        hires=column("hires", "wte"),
        intakes=column("intakes", "people"),
        moves=column("moves", "wte"),
        conversions=column("conversions", "wte"),
        releases=column("releases", "wte"),
        over=column("over_establishment", "wte"),
        reduced=column("reduced_hours", "people"),
        courses=column("supervisors_trained", "people"),
        supervisors=column("supervisors", "trained"),
        given=column("supervision_hours", "hours"),
        treatment=column("treatment_hours", "hours"),
        mother_tongue=column("mother_tongue", "hours"),
        clinical=column("outreach", "clinical_hours"),
        workers=column("outreach", "worker_hours"),
        # Service first, as in every other table.
        blocks=Sums({(s, provider, i, t): float(row.blocks) for (provider, s, i, t), row in tables["digital"].items()}),
        starts=column("starts", "courses"),
        carried=column("carry_over", "pounds"),
        rented=column("rooms", "rooms"),
        targeted=column("targeted_places", "wte"),
        group_starts=column("group_starts", "courses"),
        integrated_starts=column("integrated_starts", "courses"),
        taken=column("retention", "taken"),
    )
    follow_training(plan)
    follow_staff(plan)
    follow_outreach(plan)
    follow_access(plan)
    follow_representation(plan)
    follow_care(plan)
    follow_language(plan)
    follow_money(plan)
    return plan


# --- rules ------------------------------------------------------------------------------------------------------------


HARD: tuple[Callable[[Plan], Iterator[Finding]], ...] = (
    p1_staff_in_post,
    p2_time_in_post,
    p3_posts,
    p4_labour_market,
    p5_releases,
    p1_whole_people,
    p6_shared_labour_market,
    p7_over_establishment,
    p8_reduced_hours,
    p9_moves,
    t1_intakes,
    t2_trainees_in_post,
    t3_graduates,
    t4_places,
    t5_internal_entry,
    s2_hours_of_a_supervisor,
    s4_supervisors,
    s5_share_who_supervise,
    c1_time,
    c3_queues,
    c4_waiting_too_long,
    c5_completed_courses,
    c6_language,
    d1_digital,
    o1_outreach_hours,
    o2_outreach_returns,
    r1_rooms_rented,
    e1_access,
    e2_representation,
    c8_group_courses,
    c9_trained_posts,
    m1_retention,
    b1_carried_over,
    b1_spending_stated,
    b4_outcome_payments,
)
"""Rules that hold or are broken."""

SOFT: tuple[Callable[[Plan], Iterator[Gap]], ...] = (
    t6_trainees_to_qualified,
    s1_supervision_hours,
    s3_trainees_per_supervisor,
    c2_sessions,
    c7_employment_advisers,
    c9_share_of_growth,
    r1_rooms,
    b1_budget,
    b2_no_cliff_edge,
    b3_service_money,
    l1_limits,
)
"""Rules that may fall short at a price."""


def _gaps(plan: Plan) -> list[Gap]:
    return [gap for rule in SOFT for gap in rule(plan)]


def _unstated(plan: Plan, gaps: list[Gap], stated: dict[Key, float]) -> Iterator[Finding]:
    """Gaps that the answer does not state as they are, and shortfalls it states where no rule can fall short."""
    for gap in gaps:
        short = stated.get(key_of(gap.row), 0.0)
        if abs(gap.row.short - short) > gap.room:
            place = ", ".join(part for part in (gap.row.service, gap.row.item, gap.row.quarter) if part)
            says = f"the answer states a shortfall of {short:,.6g}" if short else "the answer states no shortfall"
            yield fault(gap.code, place, f"{gap.text}: short by {gap.row.short:,.6g}, and {says}.", abs(gap.row.short - short))
    possible = {key_of(gap.row) for gap in gaps}
    limits = {limit.limit for limit in plan.data.limits}
    rules = {gap.code for gap in gaps} | {rule.__name__.split("_")[0].upper() for rule in SOFT}
    for key, short in stated.items():
        if key not in possible and abs(short) > NEAR:
            code = key[0] if key[0] in rules else "L1" if key[0] in limits else "ANSWER"
            place = ", ".join(part for part in key if part)
            yield fault(code, place, f"The answer states a shortfall of {short:,.6g}, but nothing there can fall short.", short)


# --- the verdict ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """What the checker found, and what it worked out for itself.

    ``levels`` holds (name, direction, value) of each priority, first priority first; ``terms`` every term, in its own unit.
    """

    findings: tuple[Finding, ...]
    terms: dict[str, float]
    shortfalls: tuple[Shortfall, ...]
    levels: tuple[tuple[str, Literal["min", "max"], float], ...]


def check(data: PlanInput, answer: PlanAnswer) -> Checked:
    """Hold an answer against every rule of the model and against what it says of itself.

    The input must have passed its own checks (a post without pay raises KeyError, as :class:`optimiser.plan.pay.PayTable` does).
    """
    tables, findings = accept(data, answer)
    plan = _simulate(data, answer.option, tables)
    for rule in HARD:
        findings.extend(rule(plan))
    stated = {key: row.short for key, row in tables["shortfalls"].items()}
    gaps = _gaps(plan)
    findings.extend(_unstated(plan, gaps, stated))
    # A gap within the tolerance is noise, unless the answer itself counts it.
    counted = [g for g in gaps if g.row.short > (0 if key_of(g.row) in stated else g.room)]
    terms = term_values(plan, counted)
    findings.extend(terms_stated(tables, terms))
    return Checked(tuple(findings), terms, tuple(g.row for g in counted), level_values(data, terms))


def work_out(data: PlanInput, answer: PlanAnswer) -> PlanAnswer:
    """The same decisions with every table that follows from them filled in: staff, queues, lost trainees, spending, shortfalls, terms."""
    tables, _ = accept(data, answer)
    plan = _simulate(data, answer.option, tables)
    counted = [g for g in _gaps(plan) if g.row.short > g.room]
    staff = [
        StaffInPost(
            service=s, post=p, quarter=plan.quarter(t), wte=plan.staff[s, p, t], arrivals=plan.arrivals[s, p, t], leavers=plan.leavers[s, p, t]
        )
        for s in plan.services
        for p in plan.posts
        for t in plan.times
        if plan.staff[s, p, t] or plan.staff[s, p, t - 1] or plan.arrivals[s, p, t]
    ]
    access = [
        Access(service=s, community=c, quarter=plan.quarter(t), came=came, short=plan.access_short[s, c, t]) for (s, c, t), came in plan.came.items()
    ]
    groups = [
        GroupInPost(service=s, post=p, group=g, quarter=plan.quarter(t), wte=wte, short=plan.group_short[s, p, g, t])
        for (s, p, g, t), wte in plan.group.items()
    ]
    queues = [
        Queue(service=s, step=i, quarter=plan.quarter(t), **{name: value for name, (value, _) in queue_figures(plan, s, i, t).items()})
        for s, i in plan.care
        for t in plan.times
    ]
    lost = [
        LostTrainees(service=s, programme=g, quarter=plan.quarter(t), graduates=people, lost=max(0.0, people - plan.converted[s, g, t]))
        for (s, g, t), people in plan.graduates.items()
        if people
    ]
    retention = [
        row.model_copy(update={"kept": plan.kept[key], "pounds": plan.retention_pounds[key]}) for key, row in tables["retention"].items() if row.taken
    ]
    spend = [Spend(service=s, stream=stream, year=y, item=item, pounds=pounds) for (s, stream, y, item), pounds in plan.spend.items()]
    outcomes = [
        OutcomeIncome.model_validate({"service": s, "step": i, "measure": measure, "year": year, "reached": reached, "pounds": plan.income[key]})
        for key, reached in plan.outcomes.items()
        for s, i, measure, year in [key]
    ]
    return answer.model_copy(
        update={
            "staff": tuple(staff),
            "queues": tuple(queues),
            "access": tuple(access),
            "representation": tuple(groups),
            "lost_trainees": tuple(lost),
            "retention": tuple(retention),
            "spend": tuple(spend),
            "outcome_income": tuple(outcomes),
            "shortfalls": tuple(g.row for g in counted),
            "terms": tuple(TermValue.model_validate({"term": term, "value": value}) for term, value in term_values(plan, counted).items()),
        }
    )
