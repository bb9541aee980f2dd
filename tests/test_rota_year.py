"""A year of a service of about twenty people, week after week: solved, checked, published and, where somebody falls ill or a room is lost, mended.

What happens is drawn from a seed. What is asked of the year as a whole stands in the tests: no week on its own can show it.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from models.rota.search import solve
from optimiser.result import Limits
from optimiser.rota.check import check
from optimiser.rota.data import (
    WEEKDAYS,
    Availability,
    Away,
    Competence,
    Group,
    Kind,
    LastHeld,
    Need,
    OpeningHours,
    Role,
    RoleNeed,
    Room,
    RotaInput,
    Rule,
    Settings,
    Site,
    Staff,
    Term,
)
from optimiser.rota.examine import examine
from optimiser.rota.following import next_week
from optimiser.rota.publishing import checklist, publish, sealed
from optimiser.rota.repair import repaired
from optimiser.rota.results import Written
from optimiser.rota.sections import View
from optimiser.rota.week import at_work, due, number, shares
from optimiser.tables import digest
from rota_samples import at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optimiser.rota.data import Owed, RotaAnswer

WEEKS = 52
FIRST = date(2026, 9, 7)
DAYS = WEEKDAYS[:5]
SECONDS = 1
"""Time for a week: with one worker it is counted in steps, so that the year is the same every time."""

CASE, CBT, LEAD = ("L1", "L2", "L5"), ("L3", "L4", "L5"), ("L1", "L3", "L5")
"""Who is competent in case management (and leads skills groups), in CBT, and in supervising supervisors."""

HOURS = {"L2": 30.0, "L4": 22.5, "P6": 18.75, "P7": 22.5, "H5": 22.5}
ON_DAYS = {"L2": (0, 1, 2, 3), "L4": (1, 2, 3), "P6": (0, 2, 3), "P7": (1, 2, 4), "H5": (0, 1, 3)}
"""Hours and days of part-timers; all others work full time."""

CLINICS = {
    "L1": {0: "13:00-15:00", 2: "09:00-11:00"}, "L2": {1: "13:00-15:00", 3: "13:00-15:00"}, "L3": {1: "09:00-11:00", 4: "13:00-15:00"},
    "L4": {2: "13:00-15:00"}, "L5": {0: "13:00-15:00", 3: "13:00-15:00"},
}  # fmt: skip
"""Clinics of supervisors."""

ALIKE = ("P1", "P2", "P3", "P4", "P5")
"""Full-time PWPs whose clinics leave two hours a week in which all of them can meet their supervisors, beside early and late ones."""

ROLES = {"L": "lead", "P": "pwp", "T": "tpwp", "H": "hit"}
MANAGER = {"L": "L1", "P": "L3", "T": "L4", "H": "L2"}
"""Line managers are not competent in what those they manage need (P1), so that shares can be had."""


def person(staff: str, **more: Any) -> Staff:
    """Row of Staff by the first letter of an id."""
    role = ROLES[staff[0]]
    return Staff(
        staff=staff, role=role, hours=HOURS.get(staff, 37.5), trainee=role == "tpwp", experienced=role == "lead",
        line_manager=MANAGER[staff[0]] if staff != "L1" else "", **more,
    )  # fmt: skip


def hours(staff: str) -> tuple[Availability, ...]:
    """Rows of Availability of somebody: at the clinic, at home on one day, at university on another, or in clinics of their own."""
    home = sum(map(ord, staff)) % 5
    found = []
    for n in ON_DAYS.get(staff, range(5)):
        marks = {}
        if staff[0] == "T" and n == 2:
            marks["U"] = "09:00-17:00"
        elif staff[0] == "L":
            marks["X"] = CLINICS[staff].get(n, "")
        elif staff in ALIKE:
            marks["X"] = "09:00-10:00 11:00-12:30 13:30-17:00" if n in (0, 3) else "09:00-12:30 13:30-17:00"
        else:
            marks["X"] = "09:00-12:00 14:00-16:00" if (n + home) % 2 else "10:00-12:00 13:00-16:00"
        found.append(
            at(staff, DAYS[n], "08:00-18:00" if staff in (*CASE, *ALIKE) else "09:00-17:00", "" if n == home and staff[0] in "PT" else "elm", **marks)
        )
    return tuple(found)


def service() -> RotaInput:
    """The service as it is in the first week."""
    people = ("L1", "L2", "L3", "L4", "L5", *(f"P{n}" for n in range(1, 8)), "T1", "T2", *(f"H{n}" for n in range(1, 6)))
    return RotaInput(
        settings=Settings(
            title="A year", service="year", week_commencing=FIRST.isoformat(), grid=30, duty_minutes=120, early_before="09:00", late_after="17:00"
        ),
        staff=tuple(person(staff) for staff in people),
        availability=tuple(row for staff in people for row in hours(staff)),
        terms=tuple(
            Term(first=first, last=last) for first, last in (("2026-09-21", "2026-12-11"), ("2027-01-11", "2027-03-19"), ("2027-04-19", "2027-06-25"))
        ),
        kinds=(
            Kind(kind="case", mode="either"),
            Kind(kind="cbt", mode="room"),
            Kind(kind="lead", mode="online"),
            Kind(kind="skills", mode="online", group_least=2, group_most=8, shared_credit=False),
            Kind(kind="peer", mode="online", given_by="peers", group_least=2, group_most=8, shared_credit=False),
            Kind(kind="management", clinical=False, mode="online", given_by="line manager"),
        ),
        competences=tuple(
            Competence(staff=v, kind=kind) for kind, able in (("case", CASE), ("skills", CASE), ("cbt", CBT), ("lead", LEAD)) for v in able
        ),
        roles=tuple(Role(role=role) for role in ROLES.values()),
        role_needs=(
            *(RoleNeed(role=role, kind="case", minutes=60) for role in ("pwp", "tpwp")),
            *(RoleNeed(role=role, kind="skills", form="group", minutes=60) for role in ("pwp", "tpwp")),
            RoleNeed(role="hit", kind="cbt", minutes=60),
            RoleNeed(role="lead", kind="lead", minutes=60, every=2),
            RoleNeed(role="lead", kind="peer", form="group", minutes=60, every=4),
            *(RoleNeed(role=role, kind="management", minutes=30, every=4) for role in ROLES.values()),
        ),
        needs=(Need(staff="L1", kind="management", minutes=0),),
        # What is not weekly falls due for some now and for others later.
        last_held=(
            *(LastHeld(staff=staff, kind="management", date=(FIRST - timedelta(weeks=1 + n % 4)).isoformat()) for n, staff in enumerate(people)),
            *(LastHeld(staff=f"L{n}", kind="lead", date=(FIRST - timedelta(weeks=1 + n % 2)).isoformat()) for n in range(1, 6)),
        ),
        groups=(*(Group(group=f"skills {n}", kind="skills", minutes=60) for n in "AB"), Group(group="peers", kind="peer", minutes=60)),
        sites=(Site(site="elm"),),
        rooms=(Room(room="R1", site="elm", capacity=4), Room(room="R2", site="elm", capacity=4)),
        opening_hours=tuple(OpeningHours(weekday=day, opens="09:00", closes="17:00") for day in DAYS),
        rules=(
            # Only one may give it, or not enough may come: no must.
            Rule(rule="N1", kind="management", priority="High", weight=5),
            Rule(rule="N1", kind="peer", priority="High", weight=5),
            # By default an early session stays with whoever has it, as times are kept first (K2): here they are to go round.
            Rule(rule="W4", priority="Medium", weight=1),
        ),
    )


def add(data: RotaInput, staff: str, starts: str) -> RotaInput:
    """Somebody who begins."""
    return data.model_copy(update={"staff": (*data.staff, person(staff, starts=starts)), "availability": (*data.availability, *hours(staff))})


def without(data: RotaInput, staff: str) -> RotaInput:
    """The input without any row of somebody who has left."""
    tables = {name: getattr(data, name) for name in RotaInput.model_fields if name != "settings"}
    return data.model_copy(
        update={
            name: tuple(row for row in rows if staff not in (getattr(row, "staff", ""), getattr(row, "supervisor", "")))
            for name, rows in tables.items()
        }
    )


# --- what happens -----------------------------------------------------------------------------------------------------


@dataclass
class Happens:
    """What happens in a week: what is known before it is planned, and what comes in the middle of it."""

    leave: list[Away] = field(default_factory=list)
    sick: dict[str, str] = field(default_factory=dict)
    """People who fall ill, and the first day each is away."""
    back: dict[str, str] = field(default_factory=dict)
    """Last day away of those who are away beyond the week."""


def monday_of(week: int) -> date:
    return FIRST + timedelta(weeks=week)


def happenings(seed: int) -> list[Happens]:
    """Leave and sickness of a year: never two supervisors away at once, and never so many that nobody is left."""
    draw = random.Random(seed)
    people = [row.staff for row in service().staff]
    found = [Happens() for _ in range(WEEKS)]
    off: dict[int, set[str]] = defaultdict(set)
    for week in (19, 20, 21, 22):
        off[week].add("L1")
    for week, now in enumerate(found):
        monday = monday_of(week)
        for staff in draw.sample(people, len(people)):
            chance, weeks = draw.random(), 2 if draw.random() < 0.25 else 1
            lead = staff[0] == "L"
            free = all(staff not in off[w] and len(off[w]) < 4 and not (lead and any(v[0] == "L" for v in off[w])) for w in range(week, week + weeks))
            if chance < 0.07 and free:
                now.leave.append(Away(staff=staff, first=monday.isoformat(), last=(monday + timedelta(days=7 * weeks - 3)).isoformat()))
                for w in range(week, week + weeks):
                    off[w].add(staff)
            elif chance < 0.11 and free:
                first = monday + timedelta(days=draw.randrange(5))
                now.leave.append(Away(staff=staff, first=first.isoformat(), last=first.isoformat()))
                off[week].add(staff)
        if draw.random() < 0.3:
            led = any(v[0] == "L" for v in off[week])
            for staff in draw.sample([p for p in people if p not in off[week] and not (led and p[0] == "L")], draw.choice((1, 1, 2))):
                if not (staff[0] == "L" and any(v[0] == "L" for v in now.sick)):
                    now.sick[staff] = (monday + timedelta(days=draw.choice((1, 2, 2, 3)))).isoformat()
    found[20].sick, found[20].back = {"L1": (monday_of(20) + timedelta(days=2)).isoformat()}, {"L1": (monday_of(22) + timedelta(days=6)).isoformat()}
    return found


STARTERS = {10: ("P8", 1), 25: ("H6", 0), 40: ("T3", 2)}
"""Who begins in which week, and on which day of it."""

LEAVERS = {"P2": (15, 2), "H1": (35, 4)}
"""The last week and day of those who leave."""

GONE = 39
"""Week in which the rows of H1 are taken out of the tables."""

ROOM_LOST = 30
"""Week on whose Thursday a room is lost; from the week after the next it can be used again."""


@dataclass
class Week:
    """A week as it was: planned and published, and, where something came in the middle of it, mended and published again."""

    data: RotaInput
    planned: RotaAnswer
    answer: RotaAnswer
    happens: Happens
    following: RotaInput
    mended: bool = False
    publications: list[Path] = field(default_factory=list)

    @property
    def monday(self) -> str:
        """Its first day."""
        return self.data.settings.week_commencing

    def away(self, staff: str) -> bool:
        """Whether somebody is away on any day of the week, or begins or leaves in it."""
        end = (date.fromisoformat(self.monday) + timedelta(days=4)).isoformat()
        row = next((row for row in self.data.staff if row.staff == staff), None)
        part = row is None or row.starts > self.monday or (row.ends != "" and row.ends < end)
        return part or any(row.staff == staff and row.first <= end and self.monday <= row.last for row in self.data.away)


def known_before(data: RotaInput, week: int, now: Happens) -> RotaInput:
    """What the manager enters before the week is planned."""
    if week in STARTERS:
        staff, day = STARTERS[week]
        data = add(data, staff, (monday_of(week) + timedelta(days=day)).isoformat())
    ends = {staff: (monday_of(last) + timedelta(days=day)).isoformat() for staff, (last, day) in LEAVERS.items() if week == last - 2}
    if ends:
        data = data.model_copy(update={"staff": tuple(row.model_copy(update={"ends": ends.get(row.staff, row.ends)}) for row in data.staff)})
    if week == GONE:
        data = without(data, "H1")
    if week == ROOM_LOST + 2:
        data = data.model_copy(update={"rooms": tuple(room.model_copy(update={"ends": ""}) for room in data.rooms)})
    here = {row.staff for row in data.staff}
    return data.model_copy(update={"away": (*data.away, *(row for row in now.leave if row.staff in here))})


def in_the_middle(data: RotaInput, week: int, now: Happens, published: RotaAnswer) -> RotaInput | None:
    """The week as it is to be mended; None where nothing came up."""
    here = {row.staff for row in data.staff if not row.ends or row.ends >= now.sick.get(row.staff, "")}
    sick = {staff: since for staff, since in now.sick.items() if staff in here}
    if week == ROOM_LOST:
        thursday = monday_of(week) + timedelta(days=3)
        rooms = tuple(
            room.model_copy(update={"ends": (thursday - timedelta(days=1)).isoformat()}) if room.room == "R2" else room for room in data.rooms
        )
        return repaired(data.model_copy(update={"rooms": rooms}), published, since=thursday.isoformat())
    if not sick:
        return None
    rows = (Away(staff=staff, first=since, last=now.back[staff]) for staff, since in sick.items() if staff in now.back)
    # Whoever falls ill later than the first is away by a row of their own: what may change does so from the first day on.
    late = (Away(staff=staff, first=since, last=(monday_of(week) + timedelta(days=6)).isoformat()) for staff, since in sick.items())
    since = min(sick.values())
    away = [staff for staff, first in sick.items() if first == since]
    return repaired(data.model_copy(update={"away": (*data.away, *rows, *(row for row in late if row.staff not in away))}), published, away, since)


def solved(data: RotaInput) -> RotaAnswer:
    """Rota of a week, which the examination lets pass and in which the check finds nothing."""
    assert [finding for finding in examine(data) if finding.severity == "error"] == []
    answer, _ = solve(data, "", Limits(seconds=SECONDS, workers=1))
    assert answer is not None
    assert check(data, answer).findings == ()
    return answer


def published(place: Path, data: RotaInput, answer: RotaAnswer, earlier: Path | None, number_of: int) -> Path:
    """Publish a rota after the last publication; every item of the checklist that fails is overridden, with a reason."""
    made, out = place / f"made-{number_of}", place / f"published-{number_of}"
    made.mkdir()
    (made / "answer.json").write_text(answer.model_dump_json(by_alias=True), encoding="utf-8")
    (made / "rota.xlsx").write_bytes(b"")  # what stands in it is for its own tests
    result = Written(made, answer, {"digest": digest(data)})
    failed = [item for item in checklist(data, result, digest(data), {}) if item.state == "failed"]
    assert all(item.open for item in failed)
    items = publish(data, result, digest(data), out, {item.code: f"Known in week {number_of}" for item in failed}, earlier=earlier, senior="L1")
    assert {item.state for item in items} <= {"passed", "overridden"}
    return out


def simulate(place: Path | None, weeks: int = WEEKS, seed: int = 7, *, history: bool = True) -> list[Week]:
    """Live through the weeks; publish them where there is a place for it. Without history every week begins from its own shares."""
    data, found, last, times = service(), [], None, 0
    for week, now in enumerate(happenings(seed)[:weeks]):
        data = known_before(data, week, now)
        planned = answer = solved(data)
        publications = []
        mend = in_the_middle(data, week, now, planned)
        for step in (data, mend):
            if step is None:
                continue
            data = step
            answer = planned if step is not mend else solved(step)
            if place is not None:
                last, times = published(place, data, answer, last, times), times + 1
                publications.append(last)
        following = next_week(data, answer)
        found.append(Week(data, planned, answer, now, following, mend is not None, publications))
        data = following if history else following.model_copy(update={"history": ()})
    return found


# --- the year ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> list[Week]:
    return simulate(tmp_path_factory.mktemp("year"))


pytestmark = pytest.mark.slow


def seen_by(answer: RotaAnswer) -> dict[tuple[str, str], str]:
    """Supervisor of everybody's sessions, by person and kind."""
    given = {s.session: s for s in answer.sessions}
    return {(row.staff, given[row.session].kind): given[row.session].supervisor for row in answer.attendance}


def excused(week: Week, staff: str, kind: str) -> bool:
    """Whether somebody lacks a session because they were away, or it was lost with somebody who fell ill once it was published."""
    ill = set(week.happens.sick)
    group = next((s for s in week.planned.sessions if s.kind == kind and s.group and (staff in attending(week.planned, s.session))), None)
    lost = group is not None and bool(ill & {group.supervisor, *attending(week.planned, group.session)})
    return week.away(staff) or (week.mended and (lost or seen_by(week.planned).get((staff, kind), "") in ill))


def attending(answer: RotaAnswer, session: str) -> set[str]:
    return {row.staff for row in answer.attendance if row.session == session}


def test_the_year_has_everything_that_a_year_has(year: list[Week]) -> None:
    assert sum(week.mended for week in year) >= 10
    assert any("L" in staff for week in year if week.mended for staff in week.happens.sick)
    assert any(week.following.owed for week in year)
    assert any(s.form == "owed" for week in year for s in week.answer.sessions)
    assert {"P8", "H6", "T3"} <= {row.staff for week in year for row in week.answer.attendance}
    assert not {"P2", "H1"} & {row.staff for row in year[-1].answer.attendance}
    late = sum(row.early_or_late for week in year for row in week.answer.load)
    assert late > WEEKS


def test_no_must_is_broken_but_where_people_were_away_or_a_session_was_lost_to_sickness(year: list[Week]) -> None:
    for week in year:
        musts = [row for row in week.answer.bent if row.priority == "Must"]
        assert [row for row in musts if row.rule not in ("N1", "N3")] == []
        lacking = {(row.staff, row.item) for row in musts}
        assert all(excused(week, staff, item.split()[0]) for staff, item in lacking), week.monday
        # Each is listed, with its cause; and owed, if it is weekly, as long as the person stays.
        assert lacking <= {(row.staff, f"{row.kind} {row.form}") for row in week.answer.not_placed}
        assert all(row.because and row.help for row in week.answer.not_placed)
        weekly = {(n.staff, n.kind) for n in due(week.data, at_work(week.data)) if n.every == 1 and n.form == "individual"}
        staying = {row.staff for row in week.data.staff if not row.ends or row.ends >= week.following.settings.week_commencing}
        owed = {(row.staff, row.kind) for row in week.following.owed if row.missed == week.monday}
        assert owed == {(row.staff, row.kind) for row in week.answer.not_placed if (row.staff, row.kind) in weekly and row.staff in staying}


def chances(week: Week, owed: Owed) -> bool:
    """Whether there was a week's chance to make something good: the person, and somebody competent, at work for all of it."""
    able = {row.staff for row in week.data.competences if row.kind == owed.kind}
    return not week.away(owed.staff) and any(not week.away(v) for v in able)


def test_what_is_owed_is_made_good_in_time(year: list[Week]) -> None:
    most = number(year[0].data, "N2") or 0
    waited: Counter[tuple[str, str, str]] = Counter()
    longest = 0
    for before, week in pairwise(year):
        for row in before.following.owed:
            key = (row.staff, row.kind, row.missed)
            waited[key] += chances(week, row)
            longest = max(longest, waited[key])
            assert waited[key] <= most, key
            good = any(s.form == "owed" and s.kind == row.kind and row.staff in attending(week.answer, s.session) for s in week.answer.sessions)
            still = row in week.following.owed
            gone = any(p.staff == row.staff and p.ends and p.ends < week.following.settings.week_commencing for p in week.data.staff)
            assert good or still or gone
    assert longest >= 1
    # What a debt is for is a session that was held beside that of the week.
    held = sum(s.form == "owed" for week in year for s in week.answer.sessions)
    missed = {(row.staff, row.kind, row.missed) for week in year for row in week.following.owed}
    assert 0 < held <= len(missed)


def test_nobody_goes_without_for_long_but_by_their_own_absence(year: list[Week]) -> None:
    gaps = [(week, row.staff) for week in year for row in week.answer.bent if row.rule == "N3"]
    assert all(week.away(staff) for week, staff in gaps)


def over_twelve_weeks(year: list[Week]) -> Iterator[tuple[str, int, int]]:
    """Supervisor, minutes given and the shares of it by hours at work, over every window of twelve weeks in which they were there throughout."""
    given: dict[str, list[int]] = defaultdict(list)
    share: dict[str, list[int]] = defaultdict(list)
    for week in year:
        work = at_work(week.data)
        fair = shares(week.data, work, due(week.data, work))
        load = {row.staff: row.minutes for row in week.answer.load}
        for v in ("L1", "L2", "L3", "L4", "L5"):
            given[v].append(load.get(v, 0))
            share[v].append(fair.get(v, 0))
    for v, minutes in given.items():
        for first in range(len(year) - 11):
            yield v, sum(minutes[first : first + 12]), sum(share[v][first : first + 12])


EVEN, SPREAD = 480, 430
"""Minutes of twelve weeks, in which each gives 25 to 60 hours: by which anybody may be above or below their shares, and by which whoever is furthest
above may be apart from whoever is furthest below, on the average of all windows.

Sessions of an hour, people who stay with their supervisor (K1), kinds that not everybody may give and a part-timer's few hours leave no less."""


def test_over_twelve_weeks_supervision_is_shared_by_hours_at_work(year: list[Week]) -> None:
    apart: dict[str, list[int]] = defaultdict(list)
    for v, given, fair in over_twelve_weeks(year):
        apart[v].append(given - fair)
    assert max(abs(minutes) for windows in apart.values() for minutes in windows) <= EVEN
    spread = [max(window) - min(window) for window in zip(*apart.values(), strict=True)]
    assert sum(spread) <= SPREAD * len(spread)


ROUND = 6
"""Early and late sessions of twelve weeks by which people of equal hours and like clinics may differ."""


def test_early_and_late_sessions_go_round(year: list[Week]) -> None:
    alike = [staff for staff in ALIKE if staff not in LEAVERS]
    every = [Counter({row.staff: row.early_or_late for row in week.answer.load}) for week in year]
    for first in range(len(year) - 11):
        had = [sum(week[staff] for week in every[first : first + 12]) for staff in alike]
        assert max(had) - min(had) <= ROUND, year[first].monday


# --- calendars --------------------------------------------------------------------------------------------------------


@dataclass
class Entry:
    """An entry of a calendar file, as a calendar program keeps it."""

    sequence: int
    day: str
    start: int
    minutes: int
    cancelled: bool
    text: str


def entries(content: str) -> dict[str, Entry]:
    """Entries of a calendar file by identity, none of which stands twice."""
    found: dict[str, Entry] = {}
    for block in re.findall(r"BEGIN:VEVENT\n(.*?)END:VEVENT", content.replace("\r\n ", "").replace("\r\n", "\n"), re.DOTALL):
        line = {key.split(";")[0]: value for key, _, value in (row.partition(":") for row in block.splitlines())}
        first, last = (line[key] for key in ("DTSTART", "DTEND"))
        start, end = (60 * int(text[9:11]) + int(text[11:13]) for text in (first, last))
        assert line["UID"] not in found
        cancelled = line.get("STATUS") == "CANCELLED"
        found[line["UID"]] = Entry(int(line["SEQUENCE"]), f"{first[:4]}-{first[4:6]}-{first[6:8]}", start, end - start, cancelled, block)
    return found


def imported(known: dict[str, Entry], fresh: dict[str, Entry], monday: str) -> None:
    """Import a calendar file again, as a calendar program does, and see that it follows from what was there."""
    sunday = (date.fromisoformat(monday) + timedelta(days=6)).isoformat()
    oldest = (date.fromisoformat(monday) - timedelta(weeks=12)).isoformat()
    for uid, was in known.items():
        now = fresh.get(uid)
        if now is None:
            assert was.day < oldest
            continue
        assert now.sequence >= was.sequence
        assert now.text == was.text if now.sequence == was.sequence else now.text != was.text
        if not monday <= was.day <= sunday:
            assert now == was  # another week's is nobody's business
        if was.cancelled and not now.cancelled:
            assert now.sequence > was.sequence
        if (was.day, was.start) != (now.day, now.start):
            assert now.sequence > was.sequence
    known |= fresh


def test_calendars_are_consistent_from_first_to_last(year: list[Week]) -> None:
    kept: dict[str, dict[str, Entry]] = defaultdict(dict)
    for week in year:
        for folder in week.publications:
            for path in (folder / "calendars").iterdir():
                imported(kept[path.name], entries(path.read_text(encoding="utf-8")), week.monday)
    live: dict[str, Counter[tuple[str, int, int]]] = {
        name: Counter((e.day, e.start, e.minutes) for e in file.values() if not e.cancelled) for name, file in kept.items()
    }
    wanted: dict[str, Counter[tuple[str, int, int]]] = defaultdict(Counter)
    for week in year:
        view = View(week.data, week.answer)
        for held in view.held:
            when = (held.session.date, held.start, held.session.minutes)
            wanted["service.ics"][when] += 1
            for staff in {held.session.supervisor, *held.people} - {""}:
                wanted[f"staff-{staff}.ics"][when] += 1
        for turn in view.on_duty:
            for name in ("service.ics", f"staff-{turn.staff}.ics"):
                wanted[name][turn.date, turn.start, turn.end - turn.start] += 1
    assert {name: times for name, times in live.items() if times} == wanted
    assert any(entry.cancelled for entry in kept["service.ics"].values())
    assert any(entry.sequence > 0 and not entry.cancelled for entry in kept["service.ics"].values())


def test_what_was_overridden_can_be_counted_over_the_year(year: list[Week]) -> None:
    folders = [folder for week in year for folder in week.publications]
    seals = [sealed(folder) for folder in folders]
    counted = [len(was["overridden"]) for was in seals[-1]["earlier"]]
    assert counted == [seal["overrides"] for seal in seals[:-1]]
    assert sum(counted) > 0
    assert all(seal["follows"] == before["seal"] for before, seal in pairwise(seals))
    page = (folders[-1] / "oversight.html").read_text(encoding="utf-8")
    assert f"In {len(counted)} publications before this one {sum(counted)} items were overridden." in page
