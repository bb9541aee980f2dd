"""Every rota of tiny services, listed in plain Python and judged by the checker alone: the best of them is what the search proves."""

from __future__ import annotations

import os
from itertools import combinations, islice
from math import prod
from random import Random
from typing import TYPE_CHECKING, Literal

import pytest

from models.rota.hours import gather
from models.rota.judge import judge
from models.rota.search import solve
from optimiser.result import Limits, Status
from optimiser.rota.check import check, work_out
from optimiser.rota.data import (
    DEFAULT_RULES,
    Attendance,
    DutyTurn,
    Early,
    Group,
    GroupMember,
    History,
    Kind,
    LastDuty,
    LastHeld,
    LastSession,
    Lock,
    Need,
    OpeningHours,
    Owed,
    Pair,
    Room,
    RotaAnswer,
    RotaInput,
    Session,
    Site,
    Term,
    Travel,
    minutes_of,
    session_id,
    time_of,
)
from optimiser.rota.examine import examine
from optimiser.rota.week import at_work, due, fair_minutes, fair_turns, had_of_late, rule_for, turns, week_days
from rota_model_tools import decided
from rota_samples import MONDAY, at, tiny

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optimiser.rota.data import Form, Priority, RuleId, Strength, Weekday

LIMITS = Limits(seconds=60, workers=1)
MOST_ROTAS, MOST_TRIED = 600, 4000
"""Rotas beyond which a service is not listed, and combinations beyond which they are not tried."""

HALVES = ("09:00", "09:30", "10:00", "10:30", "11:00")
FORMS: tuple[Form, ...] = ("individual", "individual", "either", "group")
MODES: tuple[Literal["room", "online", "either"], ...] = ("room", "room", "online", "either")

SessionForm = Literal["individual", "group", "owed"]
Part = tuple[Session, tuple[str, ...]] | DutyTurn
"""One thing that may be decided: a session with who attends it, or a turn of duty."""


# --- every rota -------------------------------------------------------------------------------------------------------


def answer_of(parts: tuple[Part, ...]) -> RotaAnswer:
    sessions = [part for part in parts if isinstance(part, tuple)]
    return RotaAnswer(
        sessions=tuple(row for row, _ in sessions),
        attendance=tuple(Attendance(session=row.session, staff=person) for row, people in sessions for person in people),
        duty=tuple(part for part in parts if isinstance(part, DutyTurn)),
    )


def broken(data: RotaInput, parts: tuple[Part, ...]) -> bool:
    """Whether the checker finds a rule that always holds broken; what the answer does not state is not asked about."""
    return any(finding.code[0] in "SR" for finding in check(data, answer_of(parts)).findings)


def ways(data: RotaInput) -> list[list[Part]]:
    """For each need, group and turn of duty whatever may be decided of it, if nothing else is."""
    needs = due(data, at_work(data))
    days = [day for day in week_days(data) if any(s.date == day for stretches in at_work(data).values() for s in stretches)]
    begins, ends = min(row.from_time for row in data.availability), max(row.to_time for row in data.availability)
    starts = [time_of(minute) for minute in range(minutes_of(begins), minutes_of(ends), data.settings.grid)]
    found: list[list[Part]] = []

    def sessions(kind: Kind, who: str, minutes: int, companies: list[tuple[str, ...]], form: SessionForm = "individual") -> Iterator[Part]:
        group = who if form == "group" else ""
        name = session_id(who, kind.kind, MONDAY, owed=form == "owed")
        for room in data.rooms if kind.mode == "room" else (None,):
            for giver in ("", *(person.staff for person in data.staff)):
                for day in days:
                    for start in starts:
                        row = Session(session=name, kind=kind.kind, form=form, group=group, supervisor=giver, date=day,
                                      start=start, minutes=minutes, mode="room" if room else "online", room=room.room if room else "",
                                      site=room.site if room else "")  # fmt: skip
                        for people in companies:
                            if not broken(data, ((row, people),)):
                                yield row, people

    kinds = {kind.kind: kind for kind in data.kinds}
    for need in needs:
        if need.form != "group":
            form: SessionForm = "owed" if need.form == "owed" else "individual"
            found.append(list(sessions(kinds[need.kind], need.staff, need.minutes, [(need.staff,)], form)))
    for group in data.groups:
        able = [need.staff for need in needs if need.kind == group.kind and need.form in ("group", "either")]
        companies = [people for size in range(1, len(able) + 1) for people in combinations(able, size)]
        found.append(list(sessions(kinds[group.kind], group.group, group.minutes, companies, "group")))
    for turn in turns(data) if rule_for(data, "D1").on else ():
        for person in data.staff:
            row = DutyTurn(date=turn.date, start=time_of(turn.span.start), staff=person.staff, minutes=turn.span.end - turn.span.start)
            found.append([row] if not broken(data, (row,)) else [])
    return [options for options in found if options]


def every_rota(data: RotaInput, options: list[list[Part]]) -> Iterator[tuple[Part, ...]]:
    """Every rota that keeps the rules that always hold, one that breaks them in two of its parts being left out as soon as it does."""
    clash = {
        (n, a, m, b)
        for (n, ones), (m, others) in combinations(list(enumerate(options)), 2)
        for a, one in enumerate(ones)
        for b, other in enumerate(others)
        if broken(data, (one, other))
    }

    def grown(n: int, chosen: tuple[tuple[int, int], ...]) -> Iterator[tuple[Part, ...]]:
        if n == len(options):
            yield tuple(options[m][a] for m, a in chosen)
            return
        yield from grown(n + 1, chosen)
        for b in range(len(options[n])):
            if not any((m, a, n, b) in clash for m, a in chosen):
                yield from grown(n + 1, (*chosen, (n, b)))

    yield from grown(0, ())


def levels(data: RotaInput, parts: tuple[Part, ...]) -> tuple[int, ...] | None:
    """Points of the levels as the checker works them out; None where a rule that always holds is broken."""
    checked = check(data, answer_of(parts))
    if any(finding.code[0] in "SR" for finding in checked.findings):
        return None
    return tuple(round(value) for _, _, value in checked.levels)


def listed(data: RotaInput) -> dict[tuple[Part, ...], tuple[int, ...]] | None:
    """Every rota and what its levels are worth; None where there are too many."""
    options = ways(data)
    if prod(1 + len(ones) for ones in options) > MOST_TRIED:
        return None
    found = {}
    for parts in islice(every_rota(data, options), MOST_ROTAS + 1):
        worth = levels(data, parts)
        if worth is not None:
            found[parts] = worth
    return found if len(found) <= MOST_ROTAS else None


def agree(data: RotaInput) -> None:
    """The best of all rotas is what the search proves, and judge and checker say the same of every one of them."""
    rotas = listed(data)
    assert rotas
    facts = gather(data)
    for parts, worth in rotas.items():
        rota = decided(facts, answer_of(parts))
        assert rota is not None
        assert judge(facts, rota).points == worth
    answer, outcome = solve(data, "", LIMITS)
    assert answer is not None
    assert check(data, answer).findings == ()
    best = min(rotas.values())
    assert tuple(level.value for level in outcome.levels) == best
    assert tuple(level.bound for level in outcome.levels) == best
    assert outcome.status is (Status.INFEASIBLE if best[0] else Status.OPTIMAL)


# --- tiny services ----------------------------------------------------------------------------------------------------


def service(seed: int) -> RotaInput:
    """Tiny service varied by lot: other hours, sites, rooms, groups, duty, caps, pairs, locks, last rota, marks and rules."""
    random = Random(seed)

    def chance(share: float) -> bool:
        return random.random() < share

    data = tiny()
    people = ("V1", "V2", "A1", "A2", "B1")
    sites = (Site(site="n"), Site(site="s"))
    days: tuple[Weekday, ...] = ("Monday", "Tuesday") if chance(0.3) else ("Monday",)
    rows = []
    for person in people:
        for day in days:
            first, last = random.choice(["09:00-10:30", "09:00-11:00", "09:00-12:00", "10:00-12:00"]).split("-")
            spans = {mark: f"{start}-{time_of(minutes_of(start) + 30)}" for mark in "XAP" if chance(0.15) for start in [random.choice(HALVES)]}
            if chance(0.3) and first == "09:00" and last == "12:00":
                rows += [at(person, day, "09:00-10:30", "n", **spans), at(person, day, "10:30-12:00", random.choice(["s", ""]))]
            else:
                rows.append(at(person, day, f"{first}-{last}", random.choice(["n", "n", "n", "s"]), **spans))

    def cap(share: float, *values: float) -> float | None:
        return random.choice(values) if chance(share) else None

    staff = tuple(
        row.model_copy(
            update={
                "most_people": cap(0.5, 0, 1, 2), "most_trainees": cap(0.2, 0, 1), "most_hours": cap(0.2, 0.5, 1, 1.25),
                "experienced": row.staff == "V1" or chance(0.2), "trainee": chance(0.3),
                "line_manager": random.choice([p for p in ("", "V1", "V2", "A1") if p != row.staff]),
            }
        )
        for row in data.staff
    )  # fmt: skip
    minutes = random.choice([45, 60, 60])
    needs, groups, members = (
        [Need(staff=p, kind="case", minutes=minutes, form=random.choice(FORMS)) for p in ("A1", "A2", "B1") if chance(0.8)],
        [],
        [],
    )
    if chance(0.3):
        needs.append(Need(staff=random.choice(people), kind="line", minutes=30))
    if any(need.form != "individual" for need in needs):
        groups.append(Group(group="g", kind="case", minutes=random.choice([60, 90]), leader=random.choice(["", "", "V2"]), open=chance(0.8)))
        members = [GroupMember(group="g", staff=need.staff) for need in needs if chance(0.2)]
    if chance(0.2):
        needs += [Need(staff=p, kind="peer", minutes=30, form="group") for p in ("V1", "V2")]
        groups.append(Group(group="p", kind="peer", minutes=30))

    def some(share: float) -> list[Need]:
        return [need for need in needs if chance(share)]

    def anybody() -> str:
        return random.choice(people)

    def start() -> str:
        return random.choice(HALVES)

    strengths: tuple[Strength, ...] = ("must", "prefer", "never")
    pairs = {(need.staff, who): Pair(staff=need.staff, supervisor=who, strength=random.choice(strengths))
             for need in some(0.3) if (who := anybody()) != need.staff}  # fmt: skip
    locks = [
        Lock(lock=str(n), strength=random.choice(strengths), staff=need.staff, kind=random.choice(["", need.kind]),
             supervisor=random.choice(["", "V1", "V2"]), day=random.choice(["", "Monday", MONDAY]), start=random.choice(["", start()]))
        for n, need in enumerate(some(0.3))
    ]  # fmt: skip
    if groups and chance(0.4):
        locks.append(
            Lock(lock="g", strength=random.choice(strengths), group=groups[0].group, staff=random.choice(["", needs[0].staff]), start=start())
        )
    once = {
        (need.staff, need.kind): LastSession(
            staff=need.staff, kind=need.kind, supervisor=random.choice(["V1", "V2"]), weekday="Monday", start=start()
        )
        for need in some(0.4)
    }  # fmt: skip
    before = [LastSession(group=group.group, kind=group.kind, supervisor="", weekday="Monday", start=start()) for group in groups if chance(0.5)]
    priorities: tuple[Priority, ...] = ("Must", "High", "Medium", "Low")
    numbers: dict[RuleId, int] = {"B1": 30, "B2": 60, "D1": 2, "C1": 1, "C2": 0, "C3": 1}
    rules = tuple(
        row.model_copy(
            update={
                "on": chance(0.9), "priority": random.choice(priorities) if chance(0.3) else row.priority,
                "weight": random.randint(0, 9) if chance(0.3) else row.weight, "number": numbers.get(row.rule) if chance(0.5) else None,
            }
        )
        for row in DEFAULT_RULES
        if chance(0.5)
    )  # fmt: skip
    return RotaInput(
        settings=data.settings.model_copy(
            update={"lunch_from": "10:00", "lunch_to": "11:00", "grid": random.choice([30, 30, 30, 15]), "bank_holidays": "none"}
        ),
        roles=data.roles,
        kinds=(
            Kind(kind="case", mode=random.choice(MODES), group_least=random.choice([1, 2]), shared_credit=chance(0.7)),
            Kind(kind="line", clinical=False, given_by="line manager", mode="online"),
            Kind(kind="peer", given_by="peers", mode="online"),
        ),
        needs=tuple(needs),
        staff=staff,
        competences=data.competences,
        availability=tuple(rows),
        sites=sites,
        rooms=(Room(room="N1", site="n", capacity=random.choice([2, 3])), Room(room="S1", site="s", capacity=2, opens="10:30"))
        + ((Room(room="N2", site="n", capacity=3, closes="11:00"),) if chance(0.2) else ()),
        travel=(Travel(from_site="n", to_site="s", minutes=60),),
        groups=tuple(groups),
        group_members=tuple(members),
        pairs=tuple(pairs.values()),
        locks=tuple(locks),
        opening_hours=(OpeningHours(weekday="Monday", opens="09:00", closes=random.choice(["10:00", "11:00", "10:30"])),) if chance(0.6) else (),
        last_held=tuple(LastHeld(staff=need.staff, kind=need.kind, form=need.form, date="2026-11-16") for need in some(0.3)),
        last_rota=(*once.values(), *before),
        rules=rules,
        last_duty=tuple(LastDuty(weekday="Monday", start=hour, staff=anybody()) for hour in ("09:00", "10:00") if chance(0.5)),
    )


def in_a_year(seed: int) -> RotaInput:
    """The service with what other weeks left to this one: sessions owed, gaps, history, early and late hours, terms, needs brought forward."""
    data, random = service(seed), Random(f"year {seed}")

    def chance(share: float) -> bool:
        return random.random() < share

    people = [person.staff for person in data.staff]
    alone = [(need.staff, need.kind) for need in data.needs if need.kind != "peer"] or [("A1", "case")]
    owed = {pair: Owed(staff=pair[0], kind=pair[1], missed=random.choice(["2026-11-30", "2026-11-16", "2026-10-26"]), minutes=random.choice([30, 60]))
            for pair in random.sample(alone, 1 + chance(0.2) if len(alone) > 1 else 1)}  # fmt: skip
    weeks = ("2026-11-30", "2026-11-09", "2026-09-21", "2026-09-14")
    history = [
        History(staff=person, week=week, minutes=random.choice([0, 60, 300]), fair_minutes=random.choice([0, 60, 180]),
                duty_turns=random.choice([0, 4, 8]), fair_duty_turns=random.choice([0, 2]), early_or_late=random.choice([0, 1, 3]))
        for person in people for week in weeks if chance(0.4)
    ]  # fmt: skip
    last = (LastSession(staff=who, kind=kind, owed=True, supervisor="V1", weekday="Monday", start="10:00") for who, kind in owed if chance(0.4))
    rarely = {need.staff for need in data.needs if chance(0.3)}
    late = {person: row for person in people for row in ("t0930", "t1030") if chance(0.15)}
    locks = [
        Lock(lock=f"owed {who}", staff=who, owed=True, strength=random.choice(["must", "prefer", "never"]), day="Monday", start=random.choice(HALVES))
        for who, _ in owed if chance(0.4)
    ]  # fmt: skip
    return data.model_copy(
        update={
            "settings": data.settings.model_copy(
                update={"early_before": random.choice(["", "09:30", "10:00"]), "late_after": random.choice(["", "11:00", "11:30"])}
            ),
            "needs": tuple(need.model_copy(update={"every": 8}) if need.staff in rarely else need for need in data.needs),
            "availability": tuple(
                row.model_copy(update={late[row.staff]: "U"}) if row.staff in late else row for row in data.availability
            ),
            "terms": (
                Term(first="2026-09-21", last=random.choice(["2026-12-04", MONDAY])),
                *([Term(first=MONDAY, last=MONDAY, role="pwp")] * chance(0.3)),
            ),
            "last_held": tuple(
                LastHeld(staff=need.staff, kind=need.kind, form=need.form, date=random.choice(["2026-11-10", "2026-11-30", "2026-11-16"]))
                for need in data.needs if chance(0.6)
            ),
            "early": tuple(Early(staff=need.staff, kind=need.kind, form=need.form) for need in data.needs if need.staff in rarely and chance(0.7)),
            "owed": tuple(owed.values()),
            "history": tuple(history),
            "last_rota": (*data.last_rota, *last),
            "locks": (*data.locks, *locks),
        }
    )  # fmt: skip


OF_A_SIZE = (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 15, 16, 17, 18, 20, 22, 23, 24, 25, 26, 27, 28)
IN_A_YEAR = (0, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 15, 17, 19, 20, 22, 24, 27, 34, 41, 42, 44)
"""Services of which there are neither too many rotas nor too long a list to make."""


def test_the_best_of_every_rota_of_the_tiny_service_is_found() -> None:
    agree(tiny())


@pytest.mark.parametrize("seed", OF_A_SIZE)
def test_the_best_of_every_rota_is_found(seed: int) -> None:
    agree(service(seed))


@pytest.mark.parametrize("seed", IN_A_YEAR)
def test_the_best_of_every_rota_is_found_in_the_middle_of_a_year(seed: int) -> None:
    agree(in_a_year(seed))


def test_weeks_in_a_year_have_all_that_one_week_leaves_to_the_next() -> None:
    weeks = [in_a_year(seed) for seed in IN_A_YEAR]
    bent = {row.rule for data in weeks for row in work_out(data, RotaAnswer()).bent}
    assert bent >= {"N1", "N2", "N3", "N4", "D1"}
    assert any(due(data, at_work(data)) != due(data.model_copy(update={"early": ()}), at_work(data)) for data in weeks)
    for leave in ("terms", "history"):
        apart = [(data, data.model_copy(update={leave: ()})) for data in weeks]
        shares = [[(fair_minutes(one, at_work(one), due(one, at_work(one))), fair_turns(one, at_work(one))) for one in pair] for pair in apart]
        assert any(own != without for own, without in shares)
    assert any(had_of_late(data) and (data.settings.early_before or data.settings.late_after) for data in weeks)


@pytest.mark.slow
@pytest.mark.parametrize("of", [service, in_a_year])
@pytest.mark.parametrize("first", range(100, 175 if "CI" in os.environ else 250, 25))
def test_the_best_of_every_rota_is_found_in_many_more_services(first: int, of: Callable[[int], RotaInput]) -> None:
    services = [data for data in map(of, range(first, first + 25)) if listed(data) is not None]
    assert len(services) > 5
    for data in services:
        agree(data)


def test_the_services_are_inputs_that_are_solved() -> None:
    found = [finding for seed in range(400) for of in (service, in_a_year) for finding in examine(of(seed)) if finding.severity == "error"]
    assert found == []
