"""Sets and parameters of the plan, in the letters of its page."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pyomo.environ import Any as Anything
from pyomo.environ import ConcreteModel, Param, RangeSet, Set

from optimiser.plan.check import budget_rows, limit_cells
from optimiser.plan.data import STEPS, quarter_number, year_label, year_number
from optimiser.plan.pay import PayTable

if TYPE_CHECKING:
    from optimiser.plan.data import PlanInput

THOUSAND = 1000.0
"""Money is counted in thousands of pounds, so that its numbers are of the size of the others."""


def declare(m: ConcreteModel, data: PlanInput) -> None:
    """Declare every set and parameter of an instance without its options."""
    _time_and_posts(m, data)
    _people(m, data)
    _training(m, data)
    _supervision(m, data)
    _care(m, data)
    _digital_and_outreach(m, data)
    _money(m, data)
    _limits(m, data)
    m.LEVELS = Set(initialize=sorted(r.priority for r in data.priorities))
    m.WEIGHED = Set(dimen=2, initialize=[(r.priority, r.term) for r in data.objectives])
    m.weight = Param(m.WEIGHED, initialize={(r.priority, r.term): r.weight for r in data.objectives})


def _at(data: PlanInput, quarter: str) -> int:
    """Index t of a quarter: 1 is the first planned, 0 and less lie before the plan."""
    return quarter_number(quarter) - quarter_number(data.settings.first_quarter) + 1


def _running(m: ConcreteModel, quarters: str) -> list[int]:
    """Quarters planned that are among some of the financial year, such as '1 3'."""
    return [t for t in m.T if m.label[t][-1] in quarters.split()]


def _time_and_posts(m: ConcreteModel, data: PlanInput) -> None:
    m.S = Set(initialize=[r.service for r in data.services])
    m.P = Set(initialize=[r.post for r in data.posts])
    m.QUALIFIED = Set(within=m.P, initialize=[r.post for r in data.posts if r.contract != "trainee"])
    m.CLINICAL = Set(within=m.QUALIFIED, initialize=[r.post for r in data.posts if r.contract != "trainee" and (r.low or r.high)])
    m.role = Param(m.P, within=Anything, initialize={r.post: r.role for r in data.posts})
    m.T = RangeSet(data.settings.quarters)
    m.Y = Set(initialize=data.years)
    m.label = Param(m.T, within=Anything, initialize=dict(enumerate(data.quarters, 1)))
    m.year = Param(m.T, within=m.Y, initialize={t: quarter[:7] for t, quarter in enumerate(data.quarters, 1)})
    m.weeks = Param(initialize=data.settings.weeks_per_quarter)
    m.post_unit = Param(m.S, initialize={r.service: r.post_unit for r in data.services})
    m.region = Param(m.S, within=Anything, initialize={r.service: r.region for r in data.services})


def _people(m: ConcreteModel, data: PlanInput) -> None:
    staff = [r for r in data.staff if r.post in m.QUALIFIED]
    moves = [r for r in data.flows if r.from_post in m.QUALIFIED]
    m.MOVES = Set(dimen=2, initialize=[(r.from_post, r.to_post) for r in moves])
    m.minimum = Param(m.MOVES, initialize={(r.from_post, r.to_post): r.minimum_quarters for r in moves})
    m.POOLS = Set(dimen=2, initialize=sorted({(r.from_post, r.minimum_quarters) for r in moves if r.minimum_quarters > 4}))
    m.f = Param(m.P, initialize={r.post: 1 - (1 - r.leavers_first_year) ** 0.25 for r in data.posts})
    m.l = Param(m.P, initialize={r.post: 1 - (1 - r.leavers_later) ** 0.25 for r in data.posts})
    m.in_post_before = Param(m.S, m.P, default=0.0, initialize={(r.service, r.post): r.in_post for r in staff})
    m.first_year_before = Param(m.S, m.P, default=0.0, initialize={(r.service, r.post): r.first_year for r in staff})
    m.long_serving_before = Param(m.S, m.P, default=0.0, initialize={(r.service, r.post): r.long_serving for r in staff})
    m.established_before = Param(m.S, m.P, default=0.0, initialize={(r.service, r.post): r.established for r in staff})
    markets = [r for r in data.recruitment if r.post in m.QUALIFIED]
    m.MARKETS = Set(dimen=2, initialize=[(r.service, r.post) for r in markets])
    m.most_hires = Param(m.MARKETS, initialize={(r.service, r.post): r.maximum for r in markets})
    m.AREAS = Set(dimen=2, initialize=list(dict.fromkeys((r.market, m.role[r.post]) for r in markets if r.market)))
    m.area = Param(m.MARKETS, within=Anything, initialize={(r.service, r.post): r.market for r in markets})
    m.applicants_per_hire = Param(m.MARKETS, initialize={(r.service, r.post): r.applicants_per_hire for r in markets})
    m.applicants = Param(m.AREAS, m.T, initialize={(a, role, t): _applicants(data, a, role, t) for a, role in m.AREAS for t in m.T})
    m.lead = Param(m.MARKETS, initialize={(r.service, r.post): r.lead for r in markets})
    m.RELEASED = Set(within=m.QUALIFIED, initialize=[r.post for r in data.posts if r.contract != "trainee" and r.release_pounds is not None])
    m.end_value = Param(m.P, initialize={r.post: r.end_value for r in data.posts})


def _applicants(data: PlanInput, market: str, role: str, t: int) -> float:
    """Applicants of a role in a labour market in a quarter: those of the latest row that holds by then."""
    rows = [(_at(data, r.from_quarter), r.applicants) for r in data.labour_markets if (r.market, r.role) == (market, role)]
    return max((row for row in rows if row[0] <= t), default=(0, 0.0))[1]


def _training(m: ConcreteModel, data: PlanInput) -> None:
    programme_of = {r.trainee_post: r.programme for r in data.programmes}
    m.G = Set(initialize=[r.programme for r in data.programmes])
    m.trainee_post = Param(m.G, within=m.P, initialize={r.programme: r.trainee_post for r in data.programmes})
    m.TRAINEES = Set(within=m.P, initialize=list(programme_of))
    m.programme = Param(m.TRAINEES, within=m.G, initialize=programme_of)
    m.CONVERSIONS = Set(dimen=2, initialize=[(programme_of[r.from_post], r.to_post) for r in data.flows if r.from_post in programme_of])
    m.INTAKES = Set(dimen=2, initialize=[(r.programme, t) for r in data.programmes for t in _running(m, r.intake_quarters)])
    m.length = Param(m.G, initialize={r.programme: r.length for r in data.programmes})
    m.completion = Param(m.G, initialize={r.programme: r.completion for r in data.programmes})
    m.smallest_cohort = Param(m.G, initialize={r.programme: r.cohort_minimum for r in data.programmes})
    m.largest_cohort = Param(m.G, initialize={r.programme: r.cohort_maximum for r in data.programmes})
    m.external = Param(m.G, within=Anything, initialize={r.programme: r.external for r in data.programmes})
    m.COHORTS = Set(dimen=3, initialize=[(r.service, r.programme, _at(data, r.started)) for r in data.trainees])
    m.began = Param(m.COHORTS, initialize={(r.service, r.programme, _at(data, r.started)): r.people for r in data.trainees})
    places = {(r.programme, _at(data, r.quarter), r.region): r.places for r in data.places if _at(data, r.quarter) in m.T}
    m.PLACES = Set(dimen=3, initialize=list(places))
    m.places = Param(m.PLACES, initialize=places)
    m.trainees_per_qualified = Param(initialize=data.settings.trainees_per_qualified)


def _supervision(m: ConcreteModel, data: PlanInput) -> None:
    givers = [r for r in data.supervision_givers if r.post in m.QUALIFIED]
    m.K = Set(initialize=[r.kind for r in data.supervision_kinds])
    m.NEEDS = Set(dimen=2, initialize=[(r.post, r.kind) for r in data.supervision_needs])
    m.needed = Param(m.NEEDS, initialize={(r.post, r.kind): r.hours for r in data.supervision_needs})
    m.GIVERS = Set(dimen=2, initialize=[(r.post, r.kind) for r in givers])
    m.gives = Param(m.GIVERS, initialize={(r.post, r.kind): r.hours for r in givers})
    m.maximum_share = Param(m.GIVERS, initialize={(r.post, r.kind): r.maximum_share for r in givers})
    m.supervisors_before = Param(m.S, m.GIVERS, default=0.0, initialize={(r.service, r.post, r.kind): r.trained for r in data.supervisors})
    m.COURSES = Set(dimen=2, initialize=[(r.kind, t) for r in data.supervision_kinds for t in _running(m, r.course_quarters)])
    m.own_hours = Param(m.K, initialize={r.kind: r.own_hours for r in data.supervision_kinds})
    m.trainees_per_supervisor = Param(m.K, initialize={r.kind: r.trainees_per_supervisor for r in data.supervision_kinds})
    m.course_hours = Param(m.K, initialize={r.kind: r.course_hours for r in data.supervision_kinds})
    m.course_lag = Param(m.K, initialize={r.kind: r.course_lag for r in data.supervision_kinds})


def _care(m: ConcreteModel, data: PlanInput) -> None:
    def of(name: str) -> dict[tuple[str, str], float]:
        return {(r.service, r.step): getattr(r, name) for r in data.care}

    m.I = Set(initialize=STEPS)
    m.CARE = Set(dimen=2, initialize=[(r.service, r.step) for r in data.care])
    m.TREATS = Set(dimen=2, initialize=[(r.post, i) for r in data.posts for i in STEPS if getattr(r, i)])
    received = {p: sum(r.received for r in data.supervision_needs if r.post == p) for p in m.P}
    full = data.settings.hours_per_week
    hours = {r.post: max(0.0, (full - r.other_hours) * r.service_days / 5 - received[r.post]) for r in data.posts}
    m.kappa = Param(m.P, initialize={r.post: r.caseload * (1 - r.absence) * hours[r.post] for r in data.posts})
    m.starter_caseload = Param(m.P, initialize={r.post: r.starter_caseload for r in data.posts})
    work = {(r.service, r.step): r.sessions * (r.session_minutes / r.attended + r.writeup_minutes) / 60 for r in data.care}
    m.w = Param(m.CARE, initialize=work)
    m.assessment = Param(m.CARE, initialize={(r.service, r.step): r.assessment_minutes / 60 for r in data.care})
    m.phi = Param(m.CARE, initialize=of("same_quarter"))
    m.carried_over = Param(m.CARE, initialize=of("carried_over"))
    m.waiting_before = Param(m.CARE, initialize=of("waiting"))
    m.route = Param(m.CARE, initialize=of("route"))
    m.give_up = Param(m.CARE, initialize=of("give_up"))
    m.step_up = Param(m.CARE, initialize=of("step_up"))
    m.completes = Param(m.CARE, initialize=of("completion"))
    m.recovers = Param(m.CARE, initialize=of("reliable_recovery"))
    m.wait_weeks = Param(m.CARE, initialize=of("wait_weeks"))
    planned = {(r.service, _at(data, r.quarter)): r.referrals for r in data.demand}
    m.referrals = Param(m.S, m.T, default=0.0, initialize={key: people for key, people in planned.items() if key[1] in m.T})


def _digital_and_outreach(m: ConcreteModel, data: PlanInput) -> None:
    digital = {(r.provider, r.service, r.step): r for r in data.digital}
    m.DIGITAL = Set(dimen=3, initialize=list(digital))
    m.PROVIDERS = Set(m.S, m.I, initialize={(s, i): [v for v, a, j in digital if (a, j) == (s, i)] for s in m.S for i in m.I})
    m.block = Param(m.DIGITAL, initialize={key: r.block for key, r in digital.items()})
    m.most_blocks = Param(m.DIGITAL, initialize={key: r.maximum for key, r in digital.items()})
    m.largest_share = Param(m.DIGITAL, initialize={key: r.maximum_share for key, r in digital.items()})
    m.quality = Param(m.DIGITAL, initialize={key: r.quality for key, r in digital.items()})
    outreach = {(r.service, r.community): r for r in data.outreach}
    m.C = Set(dimen=2, initialize=list(outreach))
    m.COMMUNITIES = Set(m.S, initialize={s: [c for a, c in outreach if a == s] for s in m.S})
    m.outreach_post = Param(m.C, within=m.P, initialize={key: r.post for key, r in outreach.items()})
    m.most_clinical = Param(m.C, initialize={key: r.clinical_hours for key, r in outreach.items()})
    m.most_worker = Param(m.C, initialize={key: r.worker_hours for key, r in outreach.items()})
    m.lag = Param(m.C, initialize={key: r.lag for key, r in outreach.items()})
    m.taper = Param(m.C, initialize={key: r.taper for key, r in outreach.items()})
    stretches: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for r in sorted(data.outreach_returns, key=lambda r: r.stretch):
        if r.hours > 0:
            stretches[r.service, r.community].append((r.hours, r.referrals_per_hour))
    numbered = {(s, c, n): stretch for s, c in m.C for n, stretch in enumerate(stretches[s, c], 1)}
    m.STRETCHES = Set(dimen=3, initialize=list(numbered))
    m.last_stretch = Param(m.C, initialize={(s, c): len(stretches[s, c]) for s, c in m.C})
    m.BEFORE_LAST = Set(dimen=3, initialize=[(s, c, n) for s, c, n in numbered if (s, c, n + 1) in numbered])
    m.width = Param(m.STRETCHES, initialize={key: width for key, (width, _) in numbered.items()})
    m.per_hour = Param(m.STRETCHES, initialize={key: rate for key, (_, rate) in numbered.items()})


def _money(m: ConcreteModel, data: PlanInput) -> None:
    pay, after = PayTable(data), year_label(year_number(data.years[-1]) + 1)
    rows = dict(enumerate(budget_rows(data, "")))
    place = {(r.stream, r.year, r.service): n for n, r in rows.items()}
    years = [*data.years, *([after] if any(r.year == after for r in rows.values()) else [])]
    posts = {(s.service, p.post, y): pay.cost(s, p, y).total / 100 / THOUSAND for s in data.services for p in data.posts for y in years}
    m.R = Set(initialize=list(rows))
    m.PLANNED = Set(within=m.R, initialize=[n for n, r in rows.items() if r.year in data.years])
    m.AFTER = Set(within=m.R, initialize=[n for n, r in rows.items() if r.year == after])
    for name in ("stream", "year", "service"):
        m.add_component(f"row_{name}", Param(m.R, within=Anything, initialize={n: getattr(r, name) for n, r in rows.items()}))
    m.money = Param(m.R, initialize={n: r.pounds / THOUSAND for n, r in rows.items()})
    m.BEFORE = Set(dimen=2, initialize=[(n, place[key]) for n, r in rows.items() if (key := (r.stream, _earlier(r.year), r.service)) in place])
    kept = {before for n, before in m.BEFORE if rows[before].year in data.years}  # of a year before the plan nothing is left
    m.most_carried = Param(m.R, initialize={n: r.carry_over * r.pounds / THOUSAND if n in kept else 0.0 for n, r in rows.items()})
    m.after = Param(within=Anything, initialize=after)
    m.post_cost = Param(m.S, m.P, Set(initialize=years), initialize=posts)
    m.share_of_year = Param(m.Y, initialize={y: sum(q[:7] == y for q in data.quarters) / 4 for y in data.years})
    m.fee = Param(m.G, initialize={r.programme: r.fee_pounds / THOUSAND for r in data.programmes})
    m.course_cost = Param(m.K, initialize={r.kind: r.course_pounds / THOUSAND for r in data.supervision_kinds})
    m.hire_cost = Param(m.MARKETS, initialize={(r.service, r.post): r.cost_pounds / THOUSAND for r in data.recruitment if r.post in m.QUALIFIED})
    m.release_cost = Param(m.RELEASED, initialize={r.post: (r.release_pounds or 0.0) / THOUSAND for r in data.posts if r.post in m.RELEASED})
    m.worker_cost = Param(m.C, initialize={(r.service, r.community): r.worker_pounds / THOUSAND for r in data.outreach})
    m.block_cost = Param(m.DIGITAL, initialize={(r.provider, r.service, r.step): r.block * r.price_pounds / THOUSAND for r in data.digital})
    streams: dict[str, dict[Any, str]] = {
        "post_stream": {r.post: r.stream for r in data.posts},
        "fee_stream": {r.programme: r.stream for r in data.programmes},
        "course_stream": {r.kind: r.stream for r in data.supervision_kinds},
        "hire_stream": {(r.service, r.post): r.stream for r in data.recruitment if r.post in m.QUALIFIED},
        "outreach_stream": {(r.service, r.community): r.stream for r in data.outreach},
        "digital_stream": {(r.provider, r.service, r.step): r.stream for r in data.digital},
    }
    for (name, named), index in zip(streams.items(), (m.P, m.G, m.K, m.MARKETS, m.C, m.DIGITAL), strict=True):
        m.add_component(name, Param(index, within=Anything, initialize=named))
    m.STREAMS = Set(initialize=sorted({stream for named in streams.values() for stream in named.values()} | {r.stream for r in rows.values()}))


def _earlier(year: str) -> str:
    return year_label(year_number(year) - 1)


def _limits(m: ConcreteModel, data: PlanInput) -> None:
    """A limit bounds sums of decisions: one of all its cells, or one for each of them."""
    m.limited = {}
    for r in data.limits:
        if not r.option:
            cells = list(limit_cells(data, r))
            for n, group in enumerate([cells] if r.scope == "total" else [[cell] for cell in cells]):
                share = sum(m.established_before[s, p] for s, p, _ in group) if r.basis != "number" else 1.0
                m.limited[r.limit, n] = (r.decision, group, r.sense, r.value * share)
    m.LIMITS = Set(dimen=2, initialize=list(m.limited))
