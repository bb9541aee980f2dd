"""Which week: what is brought forward, each reason by a small service made for it, and by every plan of tiny ones listed one by one."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest

import rota_samples
from models.rota.ahead import LATE, LEAST, LONG_GAP, SHORT, Plan, Weeks, brought_forward
from optimiser.rota.data import (
    WEEKDAYS,
    Away,
    Closed,
    Competence,
    Early,
    Group,
    GroupMember,
    Kind,
    LastHeld,
    Need,
    Role,
    RotaInput,
    Rule,
    Settings,
    Staff,
    Term,
)
from rota_samples import MONDAY, at

if TYPE_CHECKING:
    from collections.abc import Iterable


def week(number: int) -> str:
    """Monday of a week, the one planned being 0."""
    return (date.fromisoformat(MONDAY) + timedelta(weeks=number)).isoformat()


def away(staff: str, *weeks: int) -> tuple[Away, ...]:
    """Leave in whole weeks."""
    return tuple(Away(staff=staff, first=week(w), last=(date.fromisoformat(week(w)) + timedelta(days=6)).isoformat()) for w in weeks)


def service(people: str = "A", every: int = 2, last: int = -1, kind: str = "case", form: str = "individual", **more: object) -> RotaInput:
    """Two supervisors and some people, all at work on weekdays from nine to five, who are asked for an hour; last held so many weeks ago."""
    staff = ("V", "W", *people)
    base = RotaInput(
        settings=Settings(title="Ahead", service="ahead", week_commencing=MONDAY),
        roles=(Role(role="r"),),
        kinds=(
            Kind(kind="case", mode="online"),
            Kind(kind="talk", given_by="line manager", clinical=False, mode="online"),
            Kind(kind="skills", mode="online"),
        ),
        staff=tuple(Staff(staff=p, role="r", hours=37.5, line_manager="" if p in "VW" else "W") for p in staff),
        competences=(Competence(staff="V", kind="case"), Competence(staff="V", kind="skills")),
        availability=tuple(at(p, day, "09:00-17:00") for p in staff for day in WEEKDAYS[:5]),
        needs=tuple(Need(staff=p, kind=kind, form=form, minutes=60, every=every) for p in people),
        last_held=tuple(LastHeld(staff=p, kind=kind, form=form, date=week(last)) for p in people),
    )
    return base.model_copy(update=more)


def grouped(people: str, every: int = 2, last: int = -1, least: int = 2, **more: object) -> RotaInput:
    """The same for a group that V leads, in which everybody is listed."""
    groups = (Group(group="g", kind="skills", minutes=60, leader="V", least=least, most=8),)
    members = tuple(GroupMember(group="g", staff=p) for p in people)
    return service(people, every, last, "skills", "group", groups=groups, group_members=members, **more)


def told(data: RotaInput) -> dict[str, str]:
    """Why, by who."""
    return {row.staff: row.because for row in brought_forward(data)}


AWAY = "Away in the week from 14 December, when it would fall due."
NOBODY = "Nobody who could give it is at work in the week from 14 December, when it would fall due."


# --- each reason ------------------------------------------------------------------------------------------------------


def test_nobody_away_and_time_enough_nothing_is_brought_forward() -> None:
    for every, last in product((2, 3, 4, 8), (-1, -2, -3)):
        assert brought_forward(service("ABC", every, last)) == ()
        assert brought_forward(grouped("ABC", every, last)) == ()


def test_who_is_away_when_it_would_fall_due_is_seen_before() -> None:
    assert told(service(away=away("A", 1))) == {"A": AWAY}
    assert told(service("AB", away=away("A", 1))) == {"A": AWAY}
    assert told(service("A", 4, -3, away=away("A", 1))) == {"A": AWAY}


def test_what_can_wait_waits() -> None:
    assert brought_forward(service("A", 4, -2, away=away("A", 2))) == ()  # next week will do
    assert told(service("A", 4, -2, away=away("A", 1, 2))) == {"A": AWAY.replace("14", "21")}
    assert brought_forward(service("A", away=away("A", 2))) == ()  # falls due before the leave


def test_nothing_is_held_again_before_half_of_the_time_is_over() -> None:
    assert brought_forward(service("A", 4, -1, away=away("A", 1, 2, 3))) == ()
    assert set(told(service("A", 4, -2, away=away("A", 1, 2, 3)))) == {"A"}


def test_what_falls_due_this_week_or_is_brought_forward_already_is_not_told() -> None:
    assert brought_forward(service("A", 2, -2, away=away("A", 1, 2))) == ()
    asked_for = (Early(staff="A", kind="case", because="As she asked"),)
    assert brought_forward(service("A", away=away("A", 1), early=asked_for)) == ()
    assert brought_forward(service("A", last_held=(), away=away("A", 1))) == ()  # never held: due now


def test_who_is_not_at_work_this_week_is_not_brought_forward_to_it() -> None:
    assert brought_forward(service(away=away("A", 0, 1))) == ()


def test_nobody_to_give_it() -> None:
    assert told(service(away=away("V", 1))) == {"A": NOBODY}
    assert told(service(kind="talk", away=away("W", 1))) == {"A": NOBODY}
    assert told(grouped("AB", away=away("V", 1))) == dict.fromkeys("AB", NOBODY)


def test_a_second_supervisor_who_is_there_will_do_but_nobody_supervises_themself() -> None:
    both = (Competence(staff="V", kind="case"), Competence(staff="W", kind="case"))
    assert brought_forward(service(away=away("V", 1), competences=both)) == ()
    own = service("A", away=away("V", 1), competences=(Competence(staff="V", kind="case"), Competence(staff="A", kind="case")))
    assert told(own) == {"A": NOBODY}


def test_nobody_to_give_it_when_they_are_there() -> None:
    data = service()
    hours = (*(row for row in data.availability if row.staff != "A"), at("A", "Friday", "09:00-17:00"))
    friday = Away(staff="V", first="2026-12-18", last="2026-12-18")
    found = told(data.model_copy(update={"availability": hours, "away": (friday,)}))
    assert found == {"A": "Nobody who could give it is at work when they are in the week from 14 December, when it would fall due."}


def test_a_week_closed() -> None:
    closed = tuple(Closed(date=f"2026-12-{day}") for day in range(14, 19))
    assert told(service(closed=closed)) == {"A": "Nobody is at work in the week from 14 December, when it would fall due."}


def test_exams_are_no_time_at_work() -> None:
    data = service(terms=(Term(first=week(1), last="2026-12-18"),))
    hours = tuple(at("A", row.weekday, "09:00-17:00", U="09:00-17:00") if row.staff == "A" else row for row in data.availability)
    assert told(data.model_copy(update={"availability": hours})) == {"A": AWAY}


def test_supervisors_with_too_little_time() -> None:
    data = service("ABC")
    limited = tuple(p.model_copy(update={"most_hours": 2.0}) if p.staff == "V" else p for p in data.staff)
    rows = brought_forward(data.model_copy(update={"staff": limited}))
    assert [row.because for row in rows] == ["Supervisors have too little time in the week from 14 December."]
    enough = tuple(p.model_copy(update={"most_hours": 3.0}) if p.staff == "V" else p for p in data.staff)
    assert brought_forward(data.model_copy(update={"staff": enough})) == ()
    off = (Rule(rule="C3", priority="Must", on=False),)
    assert brought_forward(data.model_copy(update={"staff": limited, "rules": off})) == ()


def test_a_supervisors_most_shrinks_with_their_hours() -> None:
    data = service("ABC")
    limited = tuple(p.model_copy(update={"most_hours": 3.0}) if p.staff == "V" else p for p in data.staff)
    two_days = Away(staff="V", first=week(1), last="2026-12-15")  # three fifths of the week: an hour and 48 minutes
    assert len(brought_forward(data.model_copy(update={"staff": limited, "away": (two_days,)}))) == 2


def test_what_is_weekly_takes_its_time_first() -> None:
    data = service("AB", last=-1)
    weekly = tuple(Need(staff=p, kind="skills", minutes=60) for p in ("A", "B"))
    limited = tuple(p.model_copy(update={"most_hours": 3.0}) if p.staff == "V" else p for p in data.staff)
    assert len(brought_forward(data.model_copy(update={"staff": limited, "needs": (*data.needs, *weekly)}))) == 1


def test_leavers_and_starters() -> None:
    leaving = service(away=away("A", 1))
    leaving = leaving.model_copy(update={"staff": tuple(p.model_copy(update={"ends": "2026-12-11"}) if p.staff == "A" else p for p in leaving.staff)})
    assert brought_forward(leaving) == ()
    starting = service(last_held=())
    starting = starting.model_copy(update={"staff": tuple(p.model_copy(update={"starts": week(1)}) if p.staff == "A" else p for p in starting.staff)})
    assert brought_forward(starting) == ()


def test_a_group_goes_together_where_enough_of_it_are_away() -> None:
    together = "Others of its group are away in the week from 14 December, when it would fall due, and it is held for all together."
    assert told(grouped("ABC", away=away("A", 1))) == {"A": AWAY, "B": together, "C": together}
    assert brought_forward(grouped("ABCD", away=away("A", 1))) == ()  # it goes on without her
    few = "Too few people can come to its group in the week from 14 December, when it would fall due."
    assert told(grouped("AB", away=away("A", 1))) == {"A": AWAY, "B": few}


def test_whoever_missed_a_group_waits_for_its_next() -> None:
    data = grouped("ABC")
    missed = (LastHeld(staff="A", kind="skills", form="group", date=week(-3)), *data.last_held[1:])
    assert brought_forward(data.model_copy(update={"last_held": missed})) == ()


def test_people_out_of_step_with_their_group_are_met_by_it() -> None:
    data = grouped("ABC")
    now = (LastHeld(staff="A", kind="skills", form="group", date=week(-2)), *data.last_held[1:])
    assert told(data.model_copy(update={"last_held": now})) == dict.fromkeys("BC", "It is held with others of its group, who have it due this week.")


def test_a_need_every_half_year_is_looked_at_when_it_is_near() -> None:
    assert len(Weeks(service("A", 26, -25)).horizon) == LEAST + 1
    assert len(Weeks(service("A", 26, -20)).horizon) == 7
    assert told(service("A", 26, -25, away=away("A", 1))) == {"A": AWAY}


@pytest.mark.parametrize("data", [rota_samples.tiny(), rota_samples.small()])
def test_the_same_input_gives_the_same_rows(data: RotaInput) -> None:
    assert brought_forward(data) == brought_forward(data.model_copy())


# --- every plan of tiny services --------------------------------------------------------------------------------------


def worth(
    holdings: Iterable[tuple[bool, ...]], data: RotaInput, cap: dict[int, int], there: dict[str, list[bool]], every: list[int], last: list[int]
) -> float:
    """What a plan costs by the page; infinite where it is none: what falls due and could be held is, and nothing before half of the time is over."""
    total = 0.0
    demand = [0] * (LEAST + 1)
    for (staff, can), held, often, before in zip(there.items(), holdings, every, last, strict=True):
        since = before
        for w in range(LEAST + 1):
            gap = w - since
            if held[w]:
                if not can[w] or gap < (often + 1) // 2:
                    return float("inf")
                total += max(0, before + often) if w == 0 and before + often > 0 else 0
                demand[w] += 60
                since = w
            elif can[w] and gap >= often:
                return float("inf")
            else:
                total += LATE * (gap >= often) + LATE * LONG_GAP * (gap >= max(often, 4))
        assert staff in there
    return total + SHORT * sum(max(0, minutes - cap[w]) for w, minutes in enumerate(demand))


@pytest.mark.parametrize("seed", range(12))
def test_no_plan_of_a_tiny_service_is_better(seed: int) -> None:
    draw = random.Random(seed)
    every, last = [draw.choice((2, 3, 4)) for _ in "AB"], [-draw.choice((1, 2, 3)) for _ in "AB"]
    gone = [(p, w) for p in "ABV" for w in range(LEAST + 1) if draw.random() < (0.35 if p != "V" else 0.15)]
    hours = draw.choice((1.0, 2.0))
    data = service("AB", away=tuple(row for p, w in gone for row in away(p, w)))
    data = data.model_copy(
        update={
            "settings": data.settings.model_copy(update={"bank_holidays": "none"}),
            "staff": tuple(p.model_copy(update={"most_hours": hours}) if p.staff == "V" else p for p in data.staff),
            "needs": tuple(replace_need(n, e) for n, e in zip(data.needs, every, strict=True)),
            "last_held": tuple(row.model_copy(update={"date": week(back)}) for row, back in zip(data.last_held, last, strict=True)),
        }
    )
    there = {p: [(p, w) not in gone and ("V", w) not in gone for w in range(LEAST + 1)] for p in "AB"}
    cap = {w: 0 if ("V", w) in gone else int(60 * hours) for w in range(LEAST + 1)}
    ways = list(product((False, True), repeat=LEAST + 1))
    best = min(worth(pair, data, cap, there, every, last) for pair in product(ways, ways))
    plan = Plan(Weeks(data))
    found = float(plan.cost @ plan.best())
    # Weeks late whatever is decided are no columns of the program.
    assert found == pytest.approx(best - unavoidable(there, every, last))


def unavoidable(there: dict[str, list[bool]], every: list[int], last: list[int]) -> int:
    """What is paid for weeks by which no session can have been held."""
    total = 0
    for can, often, before in zip(there.values(), every, last, strict=True):
        for w in range(LEAST + 1):
            for length, cost in ((often, LATE), (max(often, 4), LATE * LONG_GAP)):
                first = w - length + 1
                total += cost * (before < first and not any(can[max(first, 0) : w + 1]))
    return total


def replace_need(need: Need, every: int) -> Need:
    return need.model_copy(update={"every": every})
