"""What the data say before anything is decided: figures, and the sentences made of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimiser.plan.check import budget_rows, clinical_hours, course_hours
from optimiser.plan.data import STEPS
from optimiser.plan.examine.reach import staff_on_the_eve
from optimiser.plan.examine.supervision import kind_words, supervision_figures
from optimiser.words import count, listing, named, number, pounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimiser.plan.data import Care, PlanInput, Step
    from optimiser.plan.examine.supervision import SupervisionFigure


# --- figures ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StaffFigure:
    """Qualified staff of a service in a role on the eve of the plan, in WTE."""

    service: str
    role: str
    in_post: float
    established: float


@dataclass(frozen=True)
class TraineeFigure:
    """People of a service in training on the eve of the plan, those who dropped out not counted."""

    service: str
    programme: str
    people: float


@dataclass(frozen=True)
class MoneyFigure:
    """Money of a stream in a year of the plan, in pounds, options not counted."""

    stream: str
    year: str
    pounds: float


@dataclass(frozen=True)
class DemandFigure:
    """Referrals to a service in an average year of the plan, and people waiting on its eve by step."""

    service: str
    referrals_a_year: float
    waiting: dict[Step, float]


@dataclass(frozen=True)
class TimeFigure:
    """Hours in the plan's first year: needed to treat everyone who joins a step's queue, and those of staff on the eve who can.

    Staff who can give both steps are in ``available`` of both; supervision given and outreach are not taken off.
    """

    service: str
    step: Step
    needed: float
    available: float


@dataclass(frozen=True)
class Figures:
    """What the data say, before anything is decided."""

    staff: tuple[StaffFigure, ...]
    trainees: tuple[TraineeFigure, ...]
    money: tuple[MoneyFigure, ...]
    demand: tuple[DemandFigure, ...]
    time: tuple[TimeFigure, ...]
    supervision: tuple[SupervisionFigure, ...]


def _time_figure(data: PlanInput, care: dict[tuple[str, Step], Care], eve: dict[tuple[str, str], float], service: str, step: Step) -> TimeFigure:
    first_year = [label for label in data.quarters if label.startswith(data.years[0])]
    referrals = sum(row.referrals for row in data.demand if row.service == service and row.quarter in first_year)
    row = care[service, step]
    joining = row.route * referrals
    if step == "high" and (service, "low") in care:
        low = care[service, "low"]
        joining += low.step_up * low.route * referrals
    weeks = data.settings.weeks_per_quarter * len(first_year)
    available = sum(weeks * clinical_hours(data, p) * eve.get((service, p.post), 0.0) for p in data.posts if getattr(p, step))
    return TimeFigure(service, step, joining * (course_hours(row) + row.assessment_minutes / 60), available)


def figures(data: PlanInput) -> Figures:
    """Staff, trainees, money, demand, clinical time and supervision as they stand in the data."""
    posts = {p.post: p for p in data.posts}
    role: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in data.staff:
        sums = role[row.service, posts[row.post].role]
        sums[0] += row.in_post
        sums[1] += row.established
    eve = staff_on_the_eve(data)
    trainees = [
        TraineeFigure(s.service, g.programme, eve[s.service, g.trainee_post])
        for s in data.services
        for g in data.programmes
        if eve.get((s.service, g.trainee_post))
    ]
    money: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for budget in budget_rows(data, ""):
        if budget.year in data.years:
            money[budget.stream, budget.year][budget.service] = budget.pounds
    referrals: dict[str, float] = defaultdict(float)
    for demand in data.demand:
        if demand.quarter in data.quarters:
            referrals[demand.service] += demand.referrals
    care = {(c.service, c.step): c for c in data.care}
    waiting: dict[str, dict[Step, float]] = defaultdict(dict)
    for c in data.care:
        waiting[c.service][c.step] = c.waiting
    return Figures(
        staff=tuple(StaffFigure(service, name, *sums) for (service, name), sums in role.items()),
        trainees=tuple(trainees),
        # A row for all services is the whole of the money; rows for single services are then parts of it.
        money=tuple(MoneyFigure(stream, year, by.get("", sum(by.values()))) for (stream, year), by in money.items()),
        demand=tuple(
            DemandFigure(s.service, 4 * referrals[s.service] / data.settings.quarters, waiting[s.service])
            for s in data.services
            if referrals[s.service] or waiting[s.service]
        ),
        time=tuple(_time_figure(data, care, eve, service, step) for service, step in care),
        supervision=tuple(supervision_figures(data)),
    )


# --- words ------------------------------------------------------------------------------------------------------------


_LISTED = 12
"""Services up to which each is described by itself."""


def _wte(value: float) -> str:
    return number(value, 1).removesuffix(".0")


def _staff_words(found: Figures, name: str, services: set[str]) -> str:
    roles: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for s in found.staff:
        if s.service in services:
            roles[s.role][0] += s.in_post
            roles[s.role][1] += s.established
    in_training = sum(t.people for t in found.trainees if t.service in services)
    parts = [f"{role} {_wte(there)} WTE in {_wte(posts)} posts" for role, (there, posts) in roles.items()]
    parts += [f"{_wte(in_training)} trainee{'' if in_training == 1 else 's'}"] if in_training else []
    return f"Staff at {name}: {listing(parts) or 'nobody yet'}."


def _market_words(data: PlanInput) -> Iterator[str]:
    """Each labour market and role: applicants a quarter, and who shares them."""
    role = {p.post: p.role for p in data.posts}
    applicants: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in data.labour_markets:
        applicants[row.market, row.role].append(row.applicants)
    for (market, name), people in applicants.items():
        sharing = {r.service for r in data.recruitment if (r.market, role[r.post]) == (market, name)}
        many = number(min(people), 1).removesuffix(".0")
        many += f" to {number(max(people), 1).removesuffix('.0')}" if max(people) > min(people) else ""
        yield f"Labour market {market}, {name}: {many} applicants a quarter, shared by {named(len(sharing), 'service')}."


def _language_words(data: PlanInput, names: dict[str, str]) -> Iterator[str]:
    """Languages other than English that courses need, service by service up to a dozen of them."""
    spoken = {row.language for row in data.speakers}
    for service, name in names.items() if len(names) <= _LISTED else ():
        parts = [
            f"{row.language} in {row.share:.1%} of courses{' (therapists speak it)' if row.language in spoken else ''}"
            for row in data.languages
            if row.service == service and row.share
        ]
        if parts:
            yield f"Languages at {name}: {listing(parts)}."


def _fairness_words(data: PlanInput, names: dict[str, str]) -> Iterator[str]:
    """Rooms against what staff on the eve could use of them, communities short of their share, and groups short of theirs."""
    if len(names) > _LISTED:
        return
    eve, weeks = staff_on_the_eve(data), data.settings.weeks_per_quarter
    for service, name in names.items():
        room_hours = weeks * sum(r.open_hours * r.rooms for r in data.rooms if r.service == service)
        share = {c.step: c.face_to_face for c in data.care if c.service == service}
        could = weeks * sum(
            clinical_hours(data, p) * eve[service, p.post] * max((share.get(step, 0.0) for step in STEPS if getattr(p, step)), default=0.0)
            for p in data.posts
        )
        if any(r.service == service for r in data.rooms):
            yield f"Rooms at {name}: open for {count(room_hours)} hours a quarter; staff now in post could use up to {count(could)} face to face."
        short = [
            f"{c.community} ({c.referred:.0%} of referrals, {c.need:.0%} of need)"
            for c in data.communities
            if c.service == service and c.referred < c.need
        ]
        if short:
            yield f"Communities at {name} that come less than their share of need: {listing(short)}."
        posts = {p.post: p.name for p in data.posts}
        wanting = [
            f"{r.group} among {posts[r.post]} ({r.now:.0%}, {r.target:.0%} wanted)"
            for r in data.representation
            if r.service == service and r.now < r.target
        ]
        if wanting:
            yield f"Groups at {name} with less than the share wanted: {listing(wanting)}."


def describe(data: PlanInput) -> list[str]:
    """What the data say, a sentence a line: services, staff, money, demand, clinical time, supervision.

    Up to a dozen services are described one by one; of more, totals are given, and supervision only where it is short.
    """
    found = figures(data)
    names = {s.service: s.name or s.service for s in data.services}
    each = len(data.services) <= _LISTED
    lines = [
        f"{data.settings.title}: {named(len(data.services), 'service')}, {named(data.settings.quarters, 'quarter')} "
        f"from {data.quarters[0]} to {data.quarters[-1]}."
    ]
    places: list[tuple[str, set[str]]] = [(name, {service}) for service, name in names.items()] if each else [("All services", set(names))]
    lines += [_staff_words(found, name, services) for name, services in places]
    money: dict[str, list[str]] = defaultdict(list)
    for m in found.money:
        money[m.stream].append(f"{pounds(m.pounds)} in {m.year}")
    lines += [f"Money for {stream}: {listing(parts)}." for stream, parts in money.items()]
    for name, services in places:
        rows = [d for d in found.demand if d.service in services]
        if rows:
            steps = [(step, sum(d.waiting.get(step, 0.0) for d in rows)) for step in STEPS]
            queue = listing([f"{count(people)} for {step} intensity" for step, people in steps])
            lines.append(f"Demand at {name}: {count(sum(d.referrals_a_year for d in rows))} referrals a year; waiting now: {queue}.")
    lines += [*_market_words(data), *_language_words(data, names), *_fairness_words(data, names)]
    for step in STEPS:
        needed, available = (sum(getattr(t, column) for t in found.time if t.step == step) for column in ("needed", "available"))
        if needed or available:
            lines.append(
                f"{step.capitalize()}-intensity courses in the first year: {count(needed)} hours would treat everyone who joins, "
                f"staff now in post have {count(available)} before supervision given and outreach."
            )
    for s in found.supervision:
        if each or s.needed > s.available + 1e-6:
            givers = f"{_wte(s.supervisors)} trained supervisor{'' if s.supervisors == 1 else 's'}"
            needs = f"{kind_words(data, s.kind)} at {names[s.service]}: needs {number(s.needed, 1)} hours a week"
            lines.append(f"{needs}, {givers} can give {number(s.available, 1)}.")
    return lines
