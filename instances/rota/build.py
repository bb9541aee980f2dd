"""Build the rota's instances: invented services of any size, the same files byte for byte from the same seeds.

Run ``python instances/rota/build.py`` (or ``build.py FOLDER`` to write elsewhere). Nobody in them exists; what is asked of people follows
published guidance, as the README of each instance says.

Every service is built around a hidden rota. People, hours, leave and needs come first; then a rota is laid that meets every must; then
clinics, rooms, most hours, pairs and locks are put where they leave it standing. The hidden rota is checked, and thrown away: last week's
is the hidden one with changes, so that what the manager would like can never all be had. Nothing here calls the solver.
"""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from optimiser.rota import data as d
from optimiser.rota import week
from optimiser.rota.check import check, work_out
from optimiser.rota.data import WEEKDAYS, time_of
from optimiser.rota.week import Span
from optimiser.tables import write_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from optimiser.rota.week import Due, Stretch

# fmt: off

HERE = Path(__file__).resolve().parent
MONDAY = "2026-12-07"
DAYS = WEEKDAYS[:5]
LUNCH, LUNCH_MINUTES = Span(12 * 60, 14 * 60), 30
TRIES = 40
"""Rotas begun before a service is given up; nearly all stand at the first."""

# --- what a service is made of ----------------------------------------------------------------------------------------

SITES = (("elm", "Elm House"), ("mill", "Mill Road"), ("park", "Park View"), ("canal", "Canal Street"), ("hill", "Hill Clinic"),
         ("market", "Market Hall"), ("bridge", "Bridge Centre"), ("quay", "Quay Building"))

KINDS = (
    d.Kind(kind="case", name="Case management", mode="either"),
    d.Kind(kind="skills", name="Clinical skills", mode="room", group_least=3, group_most=6, shared_credit=False),
    d.Kind(kind="cbt", name="CBT supervision", mode="room"),
    d.Kind(kind="training", name="CBT training group", mode="online", group_least=2, group_most=4),
    d.Kind(kind="counselling", name="Counselling supervision", mode="room", group_least=2, group_most=3),
    d.Kind(kind="ipt", name="IPT supervision", mode="online"),
    d.Kind(kind="couple", name="Couple therapy supervision", mode="either"),
    d.Kind(kind="dit", name="Brief dynamic therapy supervision", mode="either"),
    d.Kind(kind="emdr", name="EMDR supervision", mode="online"),
    d.Kind(kind="peer", name="Peer group of supervisors", given_by="peers", mode="online", group_least=3, group_most=8, shared_credit=False),
    d.Kind(kind="management", name="Management supervision", clinical=False, given_by="line manager", mode="either"),
)
KIND = {kind.kind: kind for kind in KINDS}


class Job(NamedTuple):
    """A role: id, name, band, people of it among a hundred who do not supervise, and the kind of supervision it is mainly about."""

    role: str
    name: str
    band: str
    share: int
    kind: str


JOBS = (
    Job("tpwp", "Trainee PWP", "4", 12, "case"),
    Job("pwp", "PWP", "5", 26, "case"),
    Job("thit", "Trainee high intensity therapist", "6", 12, "cbt"),
    Job("hit", "High intensity therapist", "7", 32, "cbt"),
    Job("couns", "Counsellor", "7", 10, "counselling"),
    Job("ipt", "IPT therapist", "7", 3, "ipt"),
    Job("couple", "Couple therapist", "7", 3, "couple"),
    Job("dit", "Brief dynamic therapist", "7", 2, "dit"),
    Job("lpwp", "Lead PWP", "7", 0, "case"),
    Job("lhit", "Lead high intensity therapist", "8a", 0, "cbt"),
    Job("lead", "Lead therapist of another modality", "8a", 0, ""),
)
JOB = {job.role: job for job in JOBS}
LEAD = {"case": "lpwp", "cbt": "lhit"}
UNIVERSITY: dict[str, tuple[tuple[int, ...], ...]] = {"tpwp": ((2,), (3,)), "thit": ((0, 1), (3, 4))}
"""Days at university of the cohorts of a course: one a week for PWPs, two for therapists."""
MAIN = ("case", "cbt", "counselling")
SECONDS = {"case": ("cbt",), "cbt": ("ipt", "couple", "dit", "case"), "counselling": ("couple", "dit", "ipt"), "ipt": ("couple",),
           "couple": ("dit",), "dit": ("couple",)}
"""What a supervisor whose first kind is this may be trained in besides."""

GUIDANCE = "IAPT supervision guidance (2008)"
PWP_GUIDE = "IAPT good practice guidance on PWPs; BABCP registration of PWPs"
LOCAL = "Judged; to be confirmed by the service"

ROLE_NEEDS = (
    *(d.RoleNeed(role=role, kind="case", minutes=60, source=PWP_GUIDE) for role in ("tpwp", "pwp")),
    *(d.RoleNeed(role=role, kind="skills", form="group", minutes=60, every=2, source=PWP_GUIDE) for role in ("tpwp", "pwp")),
    d.RoleNeed(role="thit", kind="cbt", minutes=60, source=GUIDANCE),
    d.RoleNeed(role="thit", kind="training", form="group", minutes=60,
               source=f"{GUIDANCE}: 1.5 hours a week in groups of 2 to 3; BABCP: credit 2 × time ÷ people"),
    d.RoleNeed(role="hit", kind="cbt", minutes=60, source=GUIDANCE),
    d.RoleNeed(role="couns", kind="counselling", form="either", minutes=60, source=GUIDANCE),
    *(d.RoleNeed(role=role, kind=role, minutes=60, source=GUIDANCE) for role in ("ipt", "couple", "dit")),
    d.RoleNeed(role="lpwp", kind="case", minutes=60, every=2, source=f"{GUIDANCE}: pro rata where the caseload is small"),
    d.RoleNeed(role="lhit", kind="cbt", minutes=60, every=2, source="BABCP: at least 1.5 hours a month"),
    *(d.RoleNeed(role=role, kind="peer", form="group", minutes=60, every=4, source="BABCP: supervision of supervision, 1 hour a month")
      for role in ("lpwp", "lhit", "lead")),
    *(d.RoleNeed(role=job.role, kind="management", minutes=60, every=4, source=LOCAL) for job in JOBS),
)

NOTES = {
    "N1": "Weekly for all; the rest when it falls due.",
    "C1": "Most people in Staff; this number where that is blank.",
    "C2": "A supervisor can supervise five trainees (2009).",
    "C3": "Most hours in Staff; this number where that is blank.",
    "P1": "Managerial supervision is extra to clinical. Not a must: where a modality has one supervisor there is no choice.",
    "D1": "No source gives a number of people on duty.",
    "B2": "Three hours without a break at most.",
    "K1": "People should not change supervisor without a reason.",
    "F1": "The heaviest loaded first.",
}
NUMBERS = {"C1": 14, "C3": 12}
FIRST_RULES = (
    "N1", "C1", "C2", "C3", "P1", "P2", "P3", "P4", "L1", "L2", "L3", "D1", "D2", "B1", "B2", "T1", "K1", "K2", "K3", "F1", "W1", "W2", "W3",
)  # fmt: skip
"""Rules that have a row: those there were when the instances were first published. The others hold with their defaults, so no instance changes."""

# --- people -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    """Somebody of the service, before the records are written. ``cells`` are (weekday, from, to, site, at university)."""

    staff: str
    role: str
    site: str
    supervisor: bool
    experienced: bool
    cells: tuple[tuple[d.Weekday, int, int, str, bool], ...]

    @property
    def days(self) -> int:
        """Days worked in a week."""
        return len({cell[0] for cell in self.cells})


@dataclass(frozen=True)
class Service:
    """Who is there, what they can do, and when they had what: all that comes before the hidden rota."""

    people: tuple[Person, ...]
    managers: dict[str, str]
    able: dict[str, tuple[str, ...]]
    """Supervisors competent in each kind."""
    sites: tuple[str, ...]
    travel: tuple[d.Travel, ...]
    away: tuple[d.Away, ...]
    starts: dict[str, str]
    ends: dict[str, str]
    needs: tuple[d.Need, ...]
    held: dict[tuple[str, str, str], date]


def chance(draw: random.Random, percent: int) -> bool:
    """Whether something that happens so many times in a hundred happens."""
    return draw.randrange(100) < percent


def weekday_of(day: str) -> d.Weekday:
    """Weekday of a date."""
    return WEEKDAYS[date.fromisoformat(day).weekday()]


def shares(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Whole numbers in proportion to weights that add up to a total: largest remainders first."""
    whole = sum(weights.values())
    found = {name: total * weight // whole for name, weight in weights.items()}
    order = sorted(weights, key=lambda name: (-(total * weights[name] % whole), -weights[name], name))
    for name in order[: total - sum(found.values())]:
        found[name] += 1
    return found


def first_kinds(supervisors: int, people: Mapping[str, int]) -> list[str]:
    """First kind of each supervisor: one for each main kind with people, the others to where most people share a supervisor."""
    count = Counter({kind: 1 for kind in MAIN if people.get(kind)})
    while count.total() < supervisors:
        count[max(people, key=lambda kind: (people[kind] / (2 * count[kind] + 1), kind))] += 1
    return [kind for kind in sorted(people, key=lambda kind: (-people[kind], kind)) for _ in range(count[kind])]


def competences(draw: random.Random, leads: Sequence[tuple[str, str]], people: Mapping[str, int], emdr: int) -> dict[str, tuple[str, ...]]:
    """Who can supervise what: everyone their first kind, two at least for main kinds, one for others; one in five, if not more by then, a second."""
    able: dict[str, list[str]] = {kind.kind: [] for kind in KINDS if kind.given_by == "supervisor"}
    seconds: Counter[str] = Counter()
    for staff, kind in leads:
        able[kind].append(staff)
    for kind in sorted(people):
        least = max(2, -(-people[kind] // 8)) if kind in MAIN else -(-people[kind] // 5)
        others = [(staff, own) for staff, own in leads if staff not in able[kind]]
        others.sort(key=lambda pair: (seconds[pair[0]], kind not in SECONDS[pair[1]], pair[1] != "cbt", pair[0]))
        for staff, _ in others[: max(0, least - len(able[kind]))]:
            able[kind].append(staff)
            seconds[staff] += 1
    for staff, kind in draw.sample(leads, max(0, len(leads) // 5 - len(seconds))):
        wanted = [other for other in SECONDS[kind] if people.get(other) and staff not in able[other]]
        if wanted:
            able[draw.choice(wanted)].append(staff)
    able["emdr"] = [staff for staff, kind in leads if kind == "cbt"][-max(1, -(-emdr // 4)):] if emdr else []
    able["skills"] = list(able["case"])
    able["training"] = [staff for staff, kind in leads if kind == "cbt"]
    return {kind: tuple(sorted(staff)) for kind, staff in able.items()}


def weekdays(draw: random.Random, days: int) -> list[int]:
    """Days of the week that a part-timer works."""
    return sorted(draw.sample(range(5), days))


def hours(draw: random.Random, site: str, sites: Sequence[str], days: Sequence[int], late: int | None, university: Sequence[int] = (),
          splits: int = 0) -> tuple[tuple[d.Weekday, int, int, str, bool], ...]:
    """Hours at work by weekday: eight with the unpaid half-hour, some at home, some (of those who travel) at two sites in a day."""
    inside = [day for day in days if day not in university]
    home = set(draw.sample(inside, min((len(inside) - 1) // 2, draw.choice((0, 1, 1, 2)))))
    begins = draw.choice((510, 540, 540, 540, 570))
    found: list[tuple[d.Weekday, int, int, str, bool]] = []
    for day in days:
        start = 11 * 60 if day == late and chance(draw, 40) else begins
        if day in university:
            found.append((DAYS[day], 540, 1020, "", True))
        elif day in home:
            found.append((DAYS[day], start, start + 480, "", False))
        elif len(sites) > 1 and chance(draw, splits):
            other = draw.choice([name for name in sites if name != site])
            found += [(DAYS[day], start, 780, site, False), (DAYS[day], 780, start + 480, other, False)]
        else:
            found.append((DAYS[day], start, start + 480, site, False))
    return tuple(found)


def staffing(draw: random.Random, clinicians: int, names: Sequence[str], late: int | None) -> tuple[tuple[Person, ...], dict[str, tuple[str, ...]]]:
    """Everybody, supervisors first, and who can supervise what."""
    leading = max(4, (clinicians + 2) // 5)
    count = shares(clinicians - leading, {job.role: job.share for job in JOBS if job.share})
    count = {role: number for role, number in count.items() if number}
    if count.get("thit") == 1:  # a group needs two
        count["hit"], count["thit"] = count["hit"] - 1, 2
    by_kind = Counter[str]()
    for role, number in count.items():
        by_kind[JOB[role].kind] += number
    kinds = first_kinds(leading, by_kind)
    numbered: Counter[str] = Counter()
    width = len(str(max(leading, *count.values())))

    def name(role: str) -> str:
        numbered[role] += 1
        return f"{role}{numbered[role]:0{width}d}"

    leads = [(name(LEAD.get(kind, "lead")), kind) for kind in kinds]
    able = competences(draw, leads, by_kind, count.get("hit", 0) // 10)
    people: list[Person] = []
    seen: Counter[str] = Counter()
    for staff, kind in leads:
        site = names[seen[kind] % len(names)]
        seen[kind] += 1
        days = list(range(5)) if not people else weekdays(draw, draw.choice((5, 5, 5, 4, 4, 3)))
        people.append(Person(staff, LEAD.get(kind, "lead"), site, True, True, hours(draw, site, names, days, late, splits=8)))
    where = {kind: sorted({p.site for p in people if p.staff in able[kind]}) for kind in ("skills", "cbt", "counselling")}
    for role, number in count.items():
        job = JOB[role]
        at = {"case": where["skills"], "cbt": where["cbt"], "counselling": where["counselling"]}.get(job.kind, list(names))
        for k in range(number):
            site = at[k % len(at)]
            university = UNIVERSITY[role][k // max(1, number // 2) % 2] if role in UNIVERSITY else ()
            days = list(range(5)) if university else weekdays(draw, draw.choice((5, 5, 5, 5, 5, 5, 4, 4, 3, 3, 2)))
            senior = role == "hit" and k % 5 == 0 and len(days) >= 4
            people.append(Person(name(role), role, site, False, senior, hours(draw, site, names, days, late, university)))
    return tuple(people), able


def managers_of(draw: random.Random, people: Sequence[Person], able: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Line manager of everybody but the head of the service; where a modality has one supervisor it is now and then the same person."""
    leads = [p for p in people if p.supervisor]
    heads = [p.staff for p in leads[::8]]
    found = {p.staff: heads[0] if p.staff in heads else heads[n // 8] for n, p in enumerate(leads)}
    found[heads[0]] = ""
    for n, p in enumerate(p for p in people if not p.supervisor):
        alone = able[JOB[p.role].kind]
        near = [lead.staff for lead in leads if lead.site == p.site] or [lead.staff for lead in leads]
        found[p.staff] = alone[0] if len(alone) == 1 else draw.choice(near) if n % 3 else near[n % len(near)]
    return found


def leave(draw: random.Random, people: Sequence[Person], able: Mapping[str, Sequence[str]], percent: int) -> tuple[d.Away, ...]:
    """Leave of a few in a hundred: some the whole week, some a day or two. Not of whom a group or a modality hangs on."""
    needed = {staff for kind in able.values() if len(kind) <= 2 for staff in kind} | {people[0].staff}
    can = [p for p in people if p.role != "thit" and p.staff not in needed and p.days >= 3 and not (p.experienced and len(people) < 40)]
    found = []
    for p in sorted(draw.sample(can, max(1, len(people) * percent // 100)), key=lambda p: p.staff):
        first = draw.choice((-3, 0, 0, 2, 3, 4))
        length = draw.choice((9, 5)) if first <= 0 else draw.choice((1, 2))
        monday = date.fromisoformat(MONDAY)
        found.append(d.Away(staff=p.staff, first=f"{monday + timedelta(first)}", last=f"{monday + timedelta(first + length - 1)}"))
    return tuple(found)


def last_held(draw: random.Random, people: Sequence[Person], needs: Sequence[d.Need]) -> dict[tuple[str, str, str], date]:
    """When each had what is not weekly; of what is weekly, the few who missed last week's.

    Cohorts of five PWPs have their skills groups in the same week, six supervisors their peer group; the rest falls due at random.
    """
    found: dict[tuple[str, str, str], date] = {}
    monday = date.fromisoformat(MONDAY)
    cohort: Counter[str] = Counter()
    own = [(n.staff, n.kind, n.form, n.every) for n in needs if n.minutes]
    for p in people:
        asked = [(p.staff, n.kind, n.form, n.every * (2 if p.days < 3 else 1)) for n in ROLE_NEEDS if n.role == p.role]
        for staff, kind, form, every in asked + [row for row in own if row[0] == p.staff]:
            weeks = draw.randrange(every) + 1
            if kind in ("skills", "peer") and chance(draw, 90):
                weeks = every - cohort[kind] // (5 if kind == "skills" else 6) % every
                cohort[kind] += 1
            if (weeks == every and chance(draw, 6)) or (every == 1 and chance(draw, 3)):
                weeks += 1
            if every > 1 or weeks > 1:
                found[staff, kind, form] = monday - timedelta(7 * weeks - draw.randrange(5))
    return found


def found_service(draw: random.Random, clinicians: int, sites: int, late: int | None) -> Service:
    """Everything that comes before the hidden rota."""
    names = [site for site, _ in SITES[:sites]]
    people, able = staffing(draw, clinicians, names, late)
    managers = managers_of(draw, people, able)
    needs = [d.Need(staff=people[0].staff, kind="management", minutes=0, note="Managed outside the service")]
    needs += [d.Need(staff=p.staff, kind="emdr", minutes=60, every=2, note="EMDR cases as well")
              for n, p in enumerate([p for p in people if p.role == "hit"]) if n % 10 == 4 and able["emdr"]]
    qualified = [p.staff for p in people if p.role in ("pwp", "hit")]
    away = leave(draw, people, able, 4)
    gone = {row.staff for row in away}
    steady = [staff for staff in qualified if staff not in gone]
    moving = draw.sample(steady, max(2, clinicians // 40))
    starts = {staff: MONDAY if n % 2 else "2026-12-08" for n, staff in enumerate(moving[::2])}
    ends = dict.fromkeys(moving[1::2], "2026-12-04")
    kinds_of = {staff: [kind for kind, able_in in able.items() if staff in able_in] for p in people if (staff := p.staff)}
    spare = [p.staff for p in people[1:] if p.supervisor and p.staff not in gone and all(len(able[kind]) > 4 for kind in kinds_of[p.staff])
             and p.staff not in managers.values()]
    if spare:
        ends[draw.choice(spare)] = "2026-12-04"
    travel = tuple(d.Travel(from_site=a, to_site=b, minutes=draw.choice((20, 25, 30, 40, 45))) for n, a in enumerate(names) for b in names[n + 1:])
    held = last_held(draw, people, needs)
    for staff in starts:
        for key in [key for key in held if key[0] == staff]:
            del held[key]
        if (staff, "management") not in {(n.staff, n.kind) for n in needs}:
            needs.append(d.Need(staff=staff, kind="management", minutes=60, every=4, note="First meeting in the first week"))
    return Service(people, managers, able, tuple(names), travel, away, starts, ends, tuple(needs), held)


def staff_rows(s: Service) -> tuple[d.Staff, ...]:
    """Rows of Staff, without most people and most hours."""
    return tuple(
        d.Staff(staff=p.staff, role=p.role, band=JOB[p.role].band, hours=7.5 * p.days, trainee=p.role in ("tpwp", "thit"), experienced=p.experienced,
                line_manager=s.managers[p.staff], starts=s.starts.get(p.staff, ""), ends=s.ends.get(p.staff, ""))
        for p in s.people
    )


def availability(s: Service, marks: Mapping[tuple[str, str], Mapping[int, str]]) -> tuple[d.Availability, ...]:
    """Rows of Availability with marks by person and weekday, keyed by the minute a half-hour starts."""
    found = []
    for p in s.people:
        for day, start, end, site, university in p.cells:
            own = {minute: "U" for minute in range(480, 1200, 30)} if university else marks.get((p.staff, day), {})
            inside = {f"t{time_of(m).replace(':', '')}": mark for m, mark in sorted(own.items()) if start <= m < end}
            found.append(d.Availability.model_validate(
                {"staff": p.staff, "weekday": day, "from_time": time_of(start), "to_time": time_of(end), "site": site, **inside}))
    return tuple(found)


def held_rows(held: Mapping[tuple[str, str, str], date]) -> tuple[d.LastHeld, ...]:
    """Rows of Last held."""
    return tuple(d.LastHeld.model_validate({"staff": staff, "kind": kind, "form": form, "date": f"{day}"})
                 for (staff, kind, form), day in sorted(held.items()))


# --- the hidden rota --------------------------------------------------------------------------------------------------


class NoRota(Exception):
    """The hidden rota did not come out: another is begun."""


class Meeting(NamedTuple):
    """A session of the hidden rota; the group is blank for an individual one, the site where it is online."""

    kind: str
    group: str
    supervisor: str
    people: tuple[str, ...]
    date: str
    span: Span
    site: str

    @property
    def form(self) -> Literal["individual", "group"]:
        """Form of the session."""
        return "group" if self.group else "individual"


@dataclass
class Hidden:
    """The hidden rota as it grows."""

    draw: random.Random
    service: Service
    grid: int
    work: Mapping[str, tuple[Stretch, ...]]
    there: dict[tuple[str, str], list[Stretch]]
    meetings: list[Meeting] = field(default_factory=list)
    duty: list[tuple[str, week.Turn]] = field(default_factory=list)
    busy: dict[tuple[str, str], list[Span]] = field(default_factory=lambda: defaultdict(list))
    sessions: dict[tuple[str, str], list[tuple[str, Span]]] = field(default_factory=lambda: defaultdict(list))
    in_rooms: dict[tuple[str, str], list[Span]] = field(default_factory=lambda: defaultdict(list))
    windows: dict[str, Span] = field(default_factory=dict)
    """Hours in which a site's rooms are sought first."""
    kept: dict[tuple[str, str], list[Span]] = field(default_factory=lambda: defaultdict(list))
    """Spans that clinics leave alone, the hidden rota apart."""
    given: Counter[str] = field(default_factory=Counter)
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def site_of(self, person: str, day: str, span: Span, session: bool = True) -> str | None:
        """Site (blank: home) at which a person can be in a session or on duty then; None where they cannot."""
        stretches = self.there.get((person, day), [])
        at = next((s.site for s in stretches if s.free(span)), None)
        taken = self.busy.get((person, day), [])
        if at is None or any(span.meets(other) for other in taken):
            return None
        if min(s.span.start for s in stretches) < LUNCH.start and max(s.span.end for s in stretches) > LUNCH.end and span.meets(LUNCH):
            edge, longest = LUNCH.start, 0
            for other in sorted([span, *taken]):
                longest = max(longest, min(other.start, LUNCH.end) - edge)
                edge = max(edge, other.end)
            if max(longest, LUNCH.end - edge) < LUNCH_MINUTES:
                return None
        if session and len(stretches) > 1:
            for site, other in self.sessions.get((person, day), []):
                gap = max(span.start - other.end, other.start - span.end)
                if site != at and gap < self.journey(site, at):
                    return None
        return at

    def journey(self, one: str, other: str) -> int:
        """Minutes from one site to another."""
        return next((t.minutes for t in self.service.travel if {t.from_site, t.to_site} == {one, other}), 0)

    def starts(self, person: str, minutes: int) -> Iterator[tuple[str, Span]]:
        """Every start on the grid within somebody's stretches at work."""
        for s in self.work[person]:
            first = -(-s.span.start // self.grid) * self.grid
            for start in range(first, s.span.end - minutes + 1, self.grid):
                yield s.date, Span(start, start + minutes)

    def places(self, everyone: Sequence[str], minutes: int, mode: str, rooms: int = 1, anytime: bool = True) -> list[tuple[str, Span, str]]:
        """Where and when all of these people can meet; in a room only where fewer than so many rooms of the site are in use, in its hours or any."""
        found = []
        for day, span in self.starts(everyone[0], minutes):
            sites = [self.site_of(person, day, span) for person in everyone]
            if None in sites:
                continue
            site = sites[0] or ""
            if mode != "room":
                found.append((day, span, ""))
            elif site and set(sites) == {site} and sum(span.meets(o) for o in self.in_rooms[site, day]) < rooms:
                if not anytime and not self.windows[site].holds(span):
                    continue
                found.append((day, span, site))
        return found

    def put(self, kind: str, group: str, supervisor: str, people: Sequence[str], place: tuple[str, Span, str]) -> None:
        """Lay a session."""
        day, span, site = place
        self.meetings.append(Meeting(kind, group, supervisor, tuple(people), day, span, site))
        for person in [*people, *([supervisor] if supervisor else [])]:
            at = self.site_of(person, day, span)
            assert at is not None, "laid where somebody cannot be"
            self.sessions[person, day].append((at, span))
            self.busy[person, day].append(span)
        if site:
            self.in_rooms[site, day].append(span)
        if KIND[kind].given_by == "supervisor":
            self.given[supervisor] += span.end - span.start
            self.seen[supervisor] |= set(people)

    def by_load(self, kind: str, person: str, minutes: int, first: Mapping[str, str]) -> list[str]:
        """Supervisors who may take somebody on, the least loaded for their hours first; the line manager last."""
        trainees = {p.staff for p in self.service.people if p.role in ("tpwp", "thit")}
        found = []
        for v in self.service.able[kind]:
            at_work = sum(s.minutes for s in self.work[v])
            if v == person or not at_work or len(self.seen[v] | {person}) > 12 or self.given[v] + minutes > 11 * 60:
                continue
            if person in trainees and len(self.seen[v] & trainees | {person}) > 5:
                continue
            load = (self.given[v] + minutes) * 10000 // at_work * (1 if first[v] == kind else 2)
            found.append((v == self.service.managers[person], load, self.draw.randrange(1000), v))
        return [v for *_, v in sorted(found)]


ROOMS_TRIED = ((1, False), (2, False), (1, True), (2, True), (3, True), (6, True))
"""Rooms of a site that may be in use at once, and whether outside their hours, in the order in which they are tried."""


def lay(hidden: Hidden, needs: Sequence[Due], turns: Sequence[week.Turn], on_duty: int) -> list[Due]:
    """Lay the whole rota: duty, groups, what needs a room, the rest. Gives the needs that had better not fall due this week."""
    duty(hidden, turns, on_duty)
    set_windows(hidden, needs)
    kinds = {kind: [n for n in needs if n.kind == kind and n.form == "group"] for kind in ("skills", "training", "peer")}
    dropped = skills_groups(hidden, kinds["skills"])
    training_groups(hidden, kinds["training"])
    counselled = counselling_groups(hidden, [n for n in needs if n.kind == "counselling"])
    dropped += peer_groups(hidden, kinds["peer"])
    rest = [n for n in needs if n.form != "group" and n not in counselled]
    hidden.draw.shuffle(rest)
    order = {"counselling": 0, "cbt": 1, "emdr": 2, "ipt": 2, "couple": 2, "dit": 2, "case": 3, "management": 4}
    first = {p.staff: next(kind for kind in (JOB[p.role].kind, "counselling", "ipt", "couple", "dit") if p.staff in hidden.service.able.get(kind, ()))
             for p in hidden.service.people if p.supervisor}
    for need in sorted(rest, key=lambda n: (order[n.kind], sum(s.minutes for s in hidden.work[n.staff]) // 600)):
        kind = KIND[need.kind]
        manager = hidden.service.managers[need.staff]
        givers = [manager] if kind.given_by == "line manager" else hidden.by_load(need.kind, need.staff, need.minutes, first)
        for rooms, anytime in ROOMS_TRIED if kind.mode == "room" else ((1, True),):
            places = next(((v, p) for v in givers if v and (p := hidden.places((need.staff, v), need.minutes, kind.mode, rooms, anytime))), None)
            if places:
                hidden.put(need.kind, "", places[0], (need.staff,), hidden.draw.choice(places[1]))
                break
        else:
            if need.every == 1:
                raise NoRota(f"{need.staff} {need.kind}")
            dropped.append(need)
    return dropped


def set_windows(hidden: Hidden, needs: Sequence[Due]) -> None:
    """Hours of a site's rooms: what must be held in a room there and two thirds more, over five days, in the middle of the day or beside it."""
    home = {p.staff: p.site for p in hidden.service.people}
    wanted = Counter[str]()
    for n in needs:
        if KIND[n.kind].mode == "room":
            wanted[home[n.staff]] += n.minutes // (4 if n.form == "group" else 1)
    for site in hidden.service.sites:
        length = min(480, max(180, -(-wanted[site] * 5 // 3 // 300) * 60))
        start = hidden.draw.choice(range(540, 1020 - length + 1, 60))
        hidden.windows[site] = Span(start, start + length)


def duty(hidden: Hidden, turns: Sequence[week.Turn], people: int) -> None:
    """Cover every turn, those first that few can take, by whoever has had least for their hours."""
    experienced = [p.staff for p in hidden.service.people if p.experienced and hidden.work[p.staff]]
    count: Counter[str] = Counter()
    able = {turn: [v for v in experienced if hidden.site_of(v, turn.date, turn.span, session=False) is not None] for turn in turns}
    for turn in sorted(turns, key=lambda turn: (len(able[turn]), turn.date, turn.span)):
        free = [v for v in able[turn] if hidden.site_of(v, turn.date, turn.span, session=False) is not None]
        if len(free) < people:
            raise NoRota(f"duty {turn.date} {turn.span}")
        free.sort(key=lambda v: ((count[v] + 1) * 100000 // sum(s.minutes for s in hidden.work[v]), hidden.draw.randrange(1000), v))
        for v in free[:people]:
            count[v] += 1
            hidden.duty.append((v, turn))
            hidden.busy[v, turn.date].append(turn.span)


def skills_groups(hidden: Hidden, needs: Sequence[Due]) -> list[Due]:
    """Groups of three to five PWPs at a site where most of those due can come; gives those who cannot."""
    home = {p.staff: p.site for p in hidden.service.people}
    left = list(needs)
    for site in hidden.service.sites:
        here = [n.staff for n in left if home[n.staff] == site]
        number = 0
        while len(here) >= 3:
            best: list[tuple[int, int, str, str, Span]] = []
            for v in hidden.service.able["skills"]:
                if hidden.given[v] > 8 * 60:
                    continue
                for day, span in hidden.starts(v, 60):
                    taken = any(span.meets(other) for other in hidden.in_rooms[site, day])
                    if not taken and hidden.windows[site].holds(span) and hidden.site_of(v, day, span) == site:
                        can = sum(hidden.site_of(person, day, span) == site for person in here if person != v)
                        best.append((-min(can, 5), hidden.draw.randrange(1000), v, day, span))
            if not best or min(best)[0] > -3:
                break
            _, _, v, day, span = min(best)
            come = [person for person in here if person != v and hidden.site_of(person, day, span) == site]
            room = 5 - sum(m.startswith(("tpwp", "thit")) for m in hidden.seen[v])
            spared = [person for person in come if person.startswith("tpwp")][max(0, room):]
            come = [person for person in come if person not in spared][:5]
            if len(come) < 3:
                break
            number += 1
            hidden.put("skills", f"skills-{site}-{number}", v, come, (day, span, site))
            here = [person for person in here if person not in come]
            left = [n for n in left if n.staff not in come]
    return left


def training_groups(hidden: Hidden, needs: Sequence[Due]) -> None:
    """Groups of two or three trainees, 90 minutes each, of those whose university days are the same."""
    at_work: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for need in needs:
        at_work[tuple(sorted({s.date for s in hidden.work[need.staff] if s.minutes}))].append(need.staff)
    cohorts = list(at_work.values())
    if any(len(cohort) == 1 for cohort in cohorts):
        cohorts = [[person for cohort in cohorts for person in cohort]]
    number = 0
    for cohort in cohorts:
        while cohort:
            size = 2 if len(cohort) in (2, 4) else 3
            come, cohort = cohort[:size], cohort[size:]
            options = []
            for v in hidden.service.able["training"]:
                trainees = {m for m in hidden.seen[v] if m.startswith(("tpwp", "thit"))}
                if hidden.given[v] <= 8 * 60 and len(trainees | set(come)) <= 5:
                    options += [(hidden.given[v], hidden.draw.randrange(1000), v, place) for place in hidden.places((*come, v), 90, "online")]
            if not options:
                raise NoRota("training group")
            number += 1
            _, _, v, place = min(options)
            hidden.put("training", f"training-{number}", v, come, place)


def counselling_groups(hidden: Hidden, needs: Sequence[Due]) -> list[Due]:
    """In larger services, three counsellors of a site in a group of 90 minutes; gives the needs it meets."""
    home = {p.staff: p.site for p in hidden.service.people}
    for site in hidden.service.sites if len(needs) > 8 else ():
        here = [n for n in needs if home[n.staff] == site]
        for v in hidden.service.able["counselling"]:
            for k in range(len(here) - 2):
                come = here[k: k + 3]
                places = hidden.places((*(n.staff for n in come), v), 90, "room")
                if places:
                    hidden.put("counselling", "counselling-1", v, [n.staff for n in come], hidden.draw.choice(places))
                    return come
    return []


def peer_groups(hidden: Hidden, needs: Sequence[Due]) -> list[Due]:
    """Groups of four to six supervisors at a time when most can; gives those who cannot."""
    left, number = [n.staff for n in needs], 0
    while len(left) >= 3:
        options = []
        for person in left:
            for day, span in hidden.starts(person, 60):
                can = sum(hidden.site_of(other, day, span) is not None for other in left)
                options.append((-min(can, 6), hidden.draw.randrange(1000), day, span))
        if not options or min(options)[0] > -3:
            break
        _, _, day, span = min(options)
        come = [person for person in left if hidden.site_of(person, day, span) is not None][:6]
        number += 1
        hidden.put("peer", f"peer-{number}", "", come, (day, span, ""))
        left = [person for person in left if person not in come]
    return [n for n in needs if n.staff in left]


# --- around the hidden rota -------------------------------------------------------------------------------------------


def allot_rooms(hidden: Hidden, rooms: int) -> tuple[tuple[d.Room, ...], dict[int, str]]:
    """Rooms for the hidden rota's sessions, open from the first to the last of them; ``rooms`` in a hundred of that many. Room by meeting."""
    found: list[d.Room] = []
    used: dict[int, str] = {}
    for site in hidden.service.sites:
        taken: dict[str, list[tuple[str, Span]]] = {}
        size: dict[str, int] = {}
        order = sorted((m.date, m.span, n) for n, m in enumerate(hidden.meetings) if m.site == site)
        inside = hidden.windows[site].holds
        for day, span, n in sorted(order, key=lambda row: (len(hidden.meetings[row[2]].people) < 2, not inside(row[1]), row)):
            people = len(hidden.meetings[n].people) + 1
            room = next((r for r, rows in taken.items() if size[r] >= people and not any(o == day and span.meets(s) for o, s in rows)
                         and (len(rows) < 4 or inside(span) or not all(inside(s) for _, s in rows))), "")
            if not room:
                room = f"{site}-{len(taken) + 1}"
                taken[room], size[room] = [], 8 if people > 3 else 3
            taken[room].append((day, span))
            used[n] = room
        for room, rows in taken.items():
            opens, closes = min(s.start for _, s in rows) // 60 * 60, -(-max(s.end for _, s in rows) // 60) * 60
            found.append(d.Room(room=room, site=site, capacity=size[room], opens=time_of(opens), closes=time_of(closes)))
        wanted = max(1, -(-len(taken) * rooms // 100))
        for k in range(len(taken), wanted):
            found.append(d.Room(room=f"{site}-{k + 1}", site=site, capacity=3, opens="09:00", closes="17:00"))
    return tuple(found), used


def squeezed(hidden: Hidden) -> set[str]:
    """A few people whose clinics leave no other time than that of the hidden rota, their supervision in the middle of lunch."""
    plain = {p.staff for p in hidden.service.people if not p.experienced and p.role not in ("tpwp", "thit")}
    at_lunch = {m.people[0] for m in hidden.meetings if m.form == "individual" and m.people[0] in plain and LUNCH.holds(m.span)
                and m.date not in {o.date for o in hidden.meetings if o is not m and m.people[0] in o.people}}
    whole = [person for person in sorted(at_lunch) if all(s.span.start < LUNCH.start and s.span.end > LUNCH.end for s in hidden.work[person])]
    return set(whole[: max(1, len(hidden.service.people) // 40)])


def clinics(hidden: Hidden, slack: int) -> dict[tuple[str, str], dict[int, str]]:
    """X marks, in blocks of an hour or an hour and a half, and P and A marks, by person and weekday.

    Clinics leave the hidden rota and half an hour of lunch alone, except that those who are squeezed have no lunch left beside it.
    """
    draw = hidden.draw
    found: dict[tuple[str, str], dict[int, str]] = {}
    tight = squeezed(hidden)
    days = {day: weekday_of(day) for day in sorted({s.date for w in hidden.work.values() for s in w})}
    names = {name: day for day, name in days.items()}
    for p in hidden.service.people:
        wishes = draw.choice(("", "", "P", "A", "A"))
        for weekday in dict.fromkeys(cell[0] for cell in p.cells):
            cells = [minute for name, start, end, _, university in p.cells if name == weekday and not university for minute in range(start, end, 30)]
            busy = hidden.busy.get((p.staff, names.get(weekday, "")), [])
            taken = {minute for minute in cells if any(Span(minute, minute + 30).meets(span) for span in busy)}
            free = [minute for minute in cells if minute not in taken]
            marks: dict[int, str] = {}
            if p.staff in tight:
                marks = dict.fromkeys(free, "X")
            else:
                old = hidden.kept.get((p.staff, names.get(weekday, "")), [])
                at_lunch = [minute for minute in free if LUNCH.start <= minute < LUNCH.end]
                kept = {minute for minute in cells if any(Span(minute, minute + 30).meets(span) for span in old)}
                kept |= {draw.choice(at_lunch)} if at_lunch else set()
                share = 4500 // slack if p.supervisor else 48 if p.experienced else draw.choice((58, 66, 72))
                wanted = len(cells) * share // 100
                begins = list(free)
                draw.shuffle(begins)
                for minute in begins:
                    block = range(minute, minute + draw.choice((60, 60, 90)), 30)
                    if len(marks) < wanted and all(m in free and m not in kept and m not in marks for m in block):
                        marks |= dict.fromkeys(block, "X")
                if wishes and chance(draw, 60):
                    open_now = [minute for minute in cells if minute not in marks and (minute not in taken or chance(draw, 30))]
                    if open_now:
                        first = draw.choice(open_now)
                        marks |= {m: wishes for m in open_now if first <= m < first + draw.choice((60, 90, 120))}
            found[p.staff, weekday] = marks
    return found


def most(hidden: Hidden, row: d.Staff, slack: int) -> d.Staff:
    """Row of a supervisor with most people, trainees and hours: those of the hidden rota, and ``slack`` in a hundred of them or none to spare."""
    staff = row.staff
    if not any(staff in able for able in hidden.service.able.values()):
        return row
    draw = hidden.draw
    each = slack if chance(draw, 75) else 100
    half_hours = -(-hidden.given[staff] * each // 3000)
    people, trainees = len(hidden.seen[staff]), sum(m.startswith(("tpwp", "thit")) for m in hidden.seen[staff])
    update: dict[str, object] = {"most_hours": max(half_hours, 4) / 2}
    if chance(draw, 90):
        update["most_people"] = max(3, -(-people * each // 100))
    if chance(draw, 25):
        update["most_trainees"] = max(1, trainees)
    return row.model_copy(update=update)


def group_rows(hidden: Hidden, spare: bool) -> tuple[tuple[d.Group, ...], tuple[d.GroupMember, ...]]:
    """Rows of Groups and Group members: most leaders and members named, some left to be chosen; perhaps one group more than is needed."""
    groups, members = [], []
    for m in hidden.meetings:
        if m.group:
            training, peers = m.kind == "training", m.kind == "peer"
            listed = training or chance(hidden.draw, 50)
            leader = "" if peers or chance(hidden.draw, 35) else m.supervisor
            groups.append(d.Group(group=m.group, kind=m.kind, minutes=m.span.end - m.span.start, leader=leader,
                                  most=3 if training else None, open=not training))
            members += [d.GroupMember(group=m.group, staff=person) for person in m.people if listed]
    if spare:
        groups.append(d.Group(group="skills-spare", kind="skills", minutes=60))
    return tuple(groups), tuple(members)


def other_time(hidden: Hidden, m: Meeting) -> tuple[d.Weekday, str]:
    """Weekday and time at which a session may have been last week; of one in a room, mostly when another has the room now.

    Two in three times clinics leave it free, so that it could be then again, at the cost of something else.
    """
    draw = hidden.draw
    everyone = [*m.people, *([m.supervisor] if m.supervisor else [])]
    length = m.span.end - m.span.start
    starts = dict.fromkeys((o.date, Span(o.span.start, o.span.start + length)) for o in hidden.meetings if m.site and o.site == m.site)
    starts = starts or dict.fromkeys(hidden.starts(everyone[-1], length))
    could = [(day, span) for day, span in starts if (day, span) != (m.date, m.span) and span.start % hidden.grid == 0
             and all(any(s.free(span) and m.site in ("", s.site) for s in hidden.there.get((person, day), [])) for person in everyone)]
    if not could:
        return draw.choice(DAYS), time_of(m.span.start)
    day, span = draw.choice(could)
    if chance(draw, 67):
        for person in everyone:
            hidden.kept[person, day].append(span)
    return weekday_of(day), time_of(span.start)


def last_rota(hidden: Hidden, leavers: set[str], changed: int) -> tuple[d.LastSession, ...]:
    """Last week's rota: the hidden one, ``changed`` sessions in a hundred of it at another time, with someone else, or not there at all."""
    draw, s, found = hidden.draw, hidden.service, []
    usual = {kind: [v for v in able] for kind, able in s.able.items()}
    gone = {v for v in leavers if v in {v for able in usual.values() for v in able}}
    gone |= {v for able in usual.values() for v in able if not hidden.work[v]}
    groups = {m.group: m for m in hidden.meetings if m.group}
    for m in hidden.meetings:
        if m.form == "individual" and m.people[0] in s.starts:
            continue
        day, start, supervisor = weekday_of(m.date), time_of(m.span.start), m.supervisor
        if chance(draw, changed):
            what = draw.choice(("time", "time", "who", "who", "both", "none"))
            if what == "none" and not m.group:
                continue
            if what in ("time", "both"):
                day, start = other_time(hidden, m)
            if what in ("who", "both") and KIND[m.kind].given_by == "supervisor":
                others = [v for v in usual[m.kind] if v not in (m.supervisor, *m.people)]
                others = [v for v in others if v in gone] or others
                supervisor = draw.choice(others) if others else supervisor
        row = {"kind": m.kind, "supervisor": supervisor, "weekday": day, "start": start}
        if not m.group:
            found.append(d.LastSession.model_validate({"staff": m.people[0], **row}))
            continue
        found.append(d.LastSession.model_validate({"group": m.group, **row}))
        for person in m.people:
            elsewhere = [g for g in groups.values() if g.kind == m.kind and g.group != m.group]
            if person in s.starts:
                continue
            if elsewhere and chance(draw, changed):
                other = draw.choice(elsewhere)
                found.append(d.LastSession(staff=person, group=other.group, kind=m.kind, supervisor=other.supervisor,
                                           weekday=weekday_of(other.date), start=time_of(other.span.start)))
            else:
                found.append(d.LastSession.model_validate({"staff": person, "group": m.group, **row}))
    return tuple(found)


STRENGTHS: tuple[d.Strength, ...] = ("must", "prefer", "never", "prefer")
PAIR_REASONS = {"must": "Named on the course's agreement", "prefer": "Asked for at the yearly review", "never": "Worked together in another service"}


def pair_rows(hidden: Hidden) -> tuple[d.Pair, ...]:
    """Rows of Pairs for about one in eight: must as in the hidden rota, never with whom it does not pair them, prefer mostly someone else."""
    draw, found = hidden.draw, []
    alone = sorted((m for m in hidden.meetings if m.form == "individual" and KIND[m.kind].given_by == "supervisor"), key=lambda m: (m.people, m.kind))
    met = defaultdict(set)
    for m in hidden.meetings:
        for person in m.people:
            met[person].add(m.supervisor)
    for n, m in enumerate(draw.sample(alone, max(4, len(alone) // 8))):
        person = m.people[0]
        strength = STRENGTHS[n % 4]
        others = [v for v in hidden.service.able[m.kind] if v not in met[person] and v != person]
        if strength == "never" and len(others) < 2:
            strength = "must"
        supervisor = m.supervisor if strength == "must" or not others else draw.choice(others)
        found.append(d.Pair(staff=person, supervisor=supervisor, kind=m.kind, strength=strength, reason=PAIR_REASONS[strength]))
    return tuple(found)


def lock_rows(hidden: Hidden, rows_of_groups: Sequence[d.Group], members: Sequence[d.GroupMember]) -> tuple[d.Lock, ...]:
    """Locks of every sort: musts as in the hidden rota, nevers against what it does not do, prefers for what it does not do either."""
    draw, found = hidden.draw, []
    alone = [m for m in hidden.meetings if m.form == "individual" and KIND[m.kind].given_by == "supervisor"]
    groups = [m for m in hidden.meetings if m.group and m.kind != "peer"]
    listed = {row.staff for row in members}
    picked = iter(draw.sample(alone, max(6, len(alone) // 20)))
    day = {m: weekday_of(m.date) for m in hidden.meetings}
    rows: list[Mapping[str, str]] = []
    for n, m in enumerate(picked):
        who = {"staff": m.people[0], "kind": m.kind}
        other = draw.choice([name for name in DAYS if name != day[m]])
        rows.append((
            {**who, "day": day[m], "start": time_of(m.span.start), "strength": "must", "reason": "Agreed with the university"},
            {**who, "day": other, "strength": "never", "reason": "Team meeting and minutes"},
            {**who, "day": other, "strength": "prefer", "reason": "Fits the bus from school"},
            {**who, "supervisor": m.supervisor, "strength": "must", "reason": "Half-way through a live observation"},
            {**who, "start": "09:00" if m.span.start != 540 else "16:00", "strength": "never", "reason": "Risk huddle"},
            {**who, "day": other, "start": "10:00", "strength": "prefer", "reason": "Next to the reflective group"},
        )[n % 6])
    for n, m in enumerate(groups[:: max(1, len(groups) // 4)][:4]):
        other = draw.choice([name for name in DAYS if name != day[m]])
        rows.append((
            {"group": m.group, "day": day[m], "strength": "must", "reason": "The room is booked"},
            {"group": m.group, "day": other, "strength": "never", "reason": "Away day of half the group"},
            {"group": m.group, "day": day[m], "start": time_of(m.span.start + (60 if m.span.start < 900 else -60)), "strength": "prefer",
             "reason": "After the case meeting"},
            {"group": m.group, "supervisor": m.supervisor, "strength": "prefer", "reason": "Began the theme last time"},
        )[n])
    free = [m for m in groups if m.kind == "skills"]
    if free:
        person = next((p for p in free[0].people if p not in listed), free[0].people[0])
        rows.append({"staff": person, "group": free[0].group, "strength": "must", "reason": "Presents a case"})
        person = free[-1].people[-1]
        wanted = next((g.group for g in reversed(rows_of_groups) if g.kind == "skills" and g.group != free[-1].group), "")
        if person not in listed and wanted:
            rows.append({"staff": person, "group": wanted, "strength": "prefer", "reason": "Asked to change groups"})
    for n, row in enumerate(rows):
        set_on = ("2026-11-30", "2026-12-01", "2026-12-03")[n % 3]
        found.append(d.Lock.model_validate({"lock": f"L{n + 1:02d}", **row, "set_by": "Service manager", "set_on": set_on}))
    return tuple(found)


def rule_rows(on_duty: int) -> tuple[d.Rule, ...]:
    """Rules of the first version, with sources and notes; groups are moved less lightly than individual sessions."""
    found = [row.model_copy(update={"note": NOTES.get(row.rule, ""), "number": NUMBERS.get(row.rule, on_duty if row.rule == "D1" else row.number)})
             for row in d.DEFAULT_RULES if row.rule in FIRST_RULES]
    at = next(n for n, row in enumerate(found) if row.rule == "K2")
    found.insert(at + 1, d.Rule(rule="K2", kind="skills", sentence="Clinical skills groups keep their weekday and time.", priority="Medium", weight=3,
                                source=LOCAL, note="Five diaries move with them."))
    return tuple(found)


# --- a service --------------------------------------------------------------------------------------------------------


def plant(*, seed: int, clinicians: int, slack: int = 125, rooms: int = 100, sites: int | None = None, grid: int = 30, changed: int = 20,
          every_week: bool = False, title: str = "", service: str = "") -> tuple[d.RotaInput, d.RotaAnswer]:
    """Build a service and the hidden rota it is built around.

    Parameters
    ----------
    seed
        Any whole number; the same gives the same service.
    clinicians
        People in all, supervisors counted: 20 to 600.
    slack
        Most people and most hours of three supervisors in four, in a hundred of what they give in the hidden rota; at 100 nobody has any to spare.
        Supervisors' clinics shrink with it.
    rooms
        Rooms at each site in a hundred of those that the hidden rota uses, rounded up.
    sites
        Places of work, 1 to 8; by size where None.
    grid
        15 or 30 minutes.
    changed
        Sessions of last week's rota, in a hundred, that differ from the hidden one.
    every_week
        Whether the hidden rota has a place for everything that falls due in any week, so that every must can be met in the weeks that follow too;
        then nobody is away, comes or goes, and part-timers are asked for the same as everybody.

    Raises
    ------
    ValueError
        When no rota comes out, or the hidden one is not faultless: neither is known to happen.
    """
    if not 20 <= clinicians <= 600 or slack < 100 or rooms < 100:
        raise ValueError("Clinicians must be 20 to 600, slack and rooms 100 or more.")
    count = sites or (1 if clinicians < 40 else 2 if clinicians < 100 else 4 if clinicians < 250 else 7)
    late = 2 if clinicians >= 40 else None
    on_duty = 1 if clinicians < 100 else 2
    for attempt in range(TRIES):
        draw = random.Random(1000 * seed + attempt)
        found = found_service(draw, clinicians, count, late)
        if every_week:
            found = replace(found, away=(), starts={}, ends={}, held={})  # without a day on which it was last held everything falls due
        settings = d.Settings(title=title or f"Service of {clinicians}, seed {seed}", service=service or f"service-{clinicians}-{seed}",
                              week_commencing=MONDAY, grid=grid, part_time="full" if every_week else "fortnightly")
        base = _input(found, settings, late)
        work = week.at_work(base)
        there: dict[tuple[str, str], list[Stretch]] = defaultdict(list)
        for person, stretches in work.items():
            for stretch in stretches:
                there[person, stretch.date].append(stretch)
        hidden = Hidden(draw, found, grid, work, there)
        needs = week.due(base, work)
        try:
            dropped = lay(hidden, needs, week.turns(base), on_duty)
        except NoRota:
            continue
        monday = date.fromisoformat(MONDAY)
        if every_week:
            held = spread(hidden, needs)
            outside = (d.Need(staff=n.staff, kind=n.kind, form=n.form, minutes=0, note="Has it outside the service") for n in dropped)
            own = (row for row in base.needs if (row.staff, row.kind) not in {(n.staff, n.kind) for n in dropped})
            base = base.model_copy(update={"needs": (*own, *outside)})
        else:
            held = found.held | {(n.staff, n.kind, n.form): monday - timedelta(5) for n in dropped}
        data, answer = _around(hidden, base, held, slack, rooms, changed, on_duty)
        return data, _sound(data, answer)
    raise ValueError(f"No rota came out in {TRIES} tries.")


def spread(hidden: Hidden, needs: Sequence[Due]) -> dict[tuple[str, str, str], date]:
    """When each had what is not weekly, so that it falls due in different weeks: of a group all in the same, groups of a kind in turn."""
    found: dict[tuple[str, str, str], date] = {}
    every = {(n.staff, n.kind, n.form): n.every for n in needs if n.every > 1}
    groups = Counter[str]()
    for m in hidden.meetings:
        keys = [(person, m.kind, m.form) for person in m.people if (person, m.kind, m.form) in every]
        if keys:
            weeks = every[keys[0]]
            due = groups[m.kind] % weeks if m.group else hidden.draw.randrange(weeks)
            groups[m.kind] += 1
            found |= dict.fromkeys(keys, date.fromisoformat(m.date) - timedelta(weeks=weeks - due))
    return found


def _input(s: Service, settings: d.Settings, late: int | None) -> d.RotaInput:
    """What is known before the hidden rota."""
    used = {row.role for row in s.people}
    return d.RotaInput.model_validate({
        "settings": settings,
        "staff": staff_rows(s),
        "availability": availability(s, {}),
        "away": s.away,
        "kinds": tuple(k for k in KINDS if k.given_by != "supervisor" or s.able[k.kind]),
        "competences": tuple(d.Competence(staff=p.staff, kind=kind) for p in s.people for kind in s.able if p.staff in s.able[kind]),
        "roles": tuple(d.Role(role=job.role, name=job.name) for job in JOBS if job.role in used),
        "role_needs": tuple(row for row in ROLE_NEEDS if row.role in used),
        "needs": s.needs,
        "sites": tuple(d.Site(site=site, name=name) for site, name in SITES if site in s.sites),
        "travel": s.travel,
        "opening_hours": tuple(d.OpeningHours(weekday=day, opens="09:00", closes="19:00" if n == late else "17:00") for n, day in enumerate(DAYS)),
        "closed": (d.Closed(date="2026-12-24", note="Closed by the provider"),),
        "last_held": held_rows(s.held),
    })


def _around(hidden: Hidden, base: d.RotaInput, held: Mapping[tuple[str, str, str], date], slack: int, rooms: int, changed: int,
            on_duty: int) -> tuple[d.RotaInput, d.RotaAnswer]:
    """Put clinics, rooms, limits, wishes and last week's rota around the hidden rota, and write that out."""
    room_rows, used = allot_rooms(hidden, rooms)
    groups, members = group_rows(hidden, len(hidden.service.people) >= 40)
    last = last_rota(hidden, set(hidden.service.ends), changed)  # before clinics, which leave some of its times free
    data = base.model_copy(update={
        "availability": availability(hidden.service, clinics(hidden, slack)),
        "staff": tuple(most(hidden, row, slack) for row in base.staff),
        "rooms": room_rows,
        "groups": groups,
        "group_members": members,
        "pairs": pair_rows(hidden),
        "rules": rule_rows(on_duty),
        "locks": lock_rows(hidden, groups, members),
        "last_held": held_rows(held),
        "last_rota": last,
    })
    sessions, attendance = [], []
    now = {(need.staff, need.kind) for need in week.due(data, hidden.work)}
    for n, m in enumerate(hidden.meetings):
        if (m.people[0], m.kind) not in now:
            continue  # in another week
        name, length = d.session_id(m.group or m.people[0], m.kind, MONDAY), m.span.end - m.span.start
        mode: Literal["room", "online"] = "room" if n in used else "online"
        sessions.append(d.Session(session=name, kind=m.kind, form=m.form, group=m.group, supervisor=m.supervisor, date=m.date,
                                  start=time_of(m.span.start), minutes=length, mode=mode, room=used.get(n, ""), site=m.site))
        attendance += [d.Attendance(session=name, staff=person) for person in m.people]
    duties = (d.DutyTurn(date=t.date, start=time_of(t.span.start), staff=v, minutes=t.span.end - t.span.start) for v, t in hidden.duty)
    return data, d.RotaAnswer(sessions=tuple(sessions), attendance=tuple(attendance), duty=tuple(duties))


def _sound(data: d.RotaInput, answer: d.RotaAnswer) -> d.RotaAnswer:
    """Give the hidden rota worked out; raises ValueError where it breaks a rule that always holds or bends a must."""
    answer = work_out(data, answer)
    checked = check(data, answer)
    faults = [str(finding) for finding in checked.findings] + [f"{row.rule} {row.staff} {row.session} {row.item} {row.date}" for row in checked.unmet]
    if faults:
        raise ValueError("The hidden rota has faults: " + "; ".join(faults[:10]))
    return answer


def service(**knobs: Any) -> d.RotaInput:
    """Build a service of any size in which every must can be met. Knobs are those of :func:`plant`."""
    return plant(**knobs)[0]


# --- a service that is short of supervisors ---------------------------------------------------------------------------


SLACK_OF_THE_SHORT = 115


def short(*, seed: int, clinicians: int, **knobs: int | str) -> d.RotaInput:
    """Build a service in which not every must can be met, for six reasons that its README tells."""
    data, hidden = plant(seed=seed, clinicians=clinicians, slack=SLACK_OF_THE_SHORT, **knobs)  # type: ignore[arg-type]
    able: dict[str, list[str]] = defaultdict(list)
    for row in data.competences:
        able[row.kind].append(row.staff)
    role = {p.staff: p.role for p in data.staff}
    load = {row.staff: row for row in hidden.load}
    alone = {row.session: row.staff for row in hidden.attendance}
    given = {(s.kind, alone[s.session]): s for s in hidden.sessions if s.form == "individual"}
    # 1. Every supervisor of case management gives half an hour less than the hidden rota has them give, one of them two hours less.
    leads = [v for v in able["case"] if v in load and load[v].minutes]
    cut = {v: (2.0 if v == leads[0] else 0.5) for v in leads}
    staff = [p.model_copy(update={"most_hours": max(0.0, load[p.staff].minutes / 60 - cut[p.staff])}) if p.staff in cut else p for p in data.staff]
    # 2. The only supervisor of a modality is on leave all week.
    kind = next(kind for kind in ("ipt", "couple", "dit") if len(able[kind]) == 1 and any(given_kind == kind for given_kind, _ in given))
    lone = able[kind][0]
    away = [row for row in data.away if row.staff != lone] + [d.Away(staff=lone, first=MONDAY, last="2026-12-11")]
    # 3. A course asks for a supervisor whom the service says never to pair with that trainee.
    trainee, session = next((person, s) for (what, person), s in given.items() if what == "cbt" and role[person] == "thit" and s.supervisor != lone)
    pairs = [p for p in data.pairs if p.staff != trainee]
    pairs += [d.Pair(staff=trainee, supervisor=session.supervisor, kind="cbt", strength="must", reason=PAIR_REASONS["must"]),
              d.Pair(staff=trainee, supervisor=session.supervisor, strength="never", reason=PAIR_REASONS["never"])]
    # 4. Two people are locked to one supervisor at one time.
    others = [(person, s) for (what, person), s in given.items() if what == "cbt" and role[person] == "hit" and s.supervisor != lone]
    (one, first), (other, _) = others[0], others[1]
    where = {"kind": "cbt", "supervisor": first.supervisor, "day": first.date, "start": first.start, "strength": "must", "set_by": "Service manager",
             "set_on": "2026-12-03"}
    locks = [row for row in data.locks if row.staff not in (one, other)]
    locks += [d.Lock.model_validate({"lock": f"M{n + 1}", "staff": person, "reason": ("The only hour left", "Promised on the telephone")[n], **where})
              for n, person in enumerate((one, other))]
    # 5. A part-timer works only when nobody who could supervise them does.
    evening = next(p.staff for p in data.staff if p.role == "pwp" and p.staff not in {row.staff for row in locks} | {row.staff for row in pairs})
    rows = [row for row in data.availability if row.staff != evening]
    rows += [d.Availability(staff=evening, weekday=day, from_time="17:30", to_time="20:00") for day in DAYS]
    staff = [p.model_copy(update={"hours": 12.5 if p.staff == evening else p.hours}) for p in staff]
    needs = [*data.needs, d.Need(staff=evening, kind="case", minutes=60, note="Weekly although part-time")]
    needs += [d.Need(staff=evening, kind="skills", form="group", minutes=0, note="Not in the evening")]
    # 6. The service opens an hour before anybody experienced is at work on Friday.
    opening = [row.model_copy(update={"opens": "08:00"}) if row.weekday == "Friday" else row for row in data.opening_hours]
    rows = [_from_nine(row) if row.weekday == "Friday" and row.staff in {p.staff for p in staff if p.experienced} else row for row in rows]
    members = tuple(row for row in data.group_members if row.staff != evening)
    return data.model_copy(update={
        "staff": tuple(staff), "away": tuple(sorted(away, key=lambda row: row.staff)), "pairs": tuple(pairs), "locks": tuple(locks),
        "group_members": members, "needs": tuple(needs), "availability": tuple(rows), "opening_hours": tuple(opening),
    })


def _from_nine(row: d.Availability) -> d.Availability:
    return row.model_copy(update={"from_time": "09:00"}) if row.from_time < "09:00" else row


# --- the five instances -----------------------------------------------------------------------------------------------

FIRST = ("Ada", "Ben", "Cleo", "Dev", "Edie", "Femi", "Gwen", "Hal", "Ines", "Jo",
         "Kit", "Lena", "Milo", "Nia", "Otis", "Pia", "Quin", "Rafi", "Suki", "Tom")
LAST = ("Example", "Sample", "Placeholder", "Specimen", "Madeup", "Fictional", "Pretend", "Invented", "Nobody", "Imaginary")


def with_names(data: d.RotaInput) -> d.RotaInput:
    """Give everybody an obviously invented name."""
    names = []
    for n, p in enumerate(data.staff):
        first, last = FIRST[n % len(FIRST)], LAST[(n + n // len(LAST)) % len(LAST)]
        names.append(d.Name(staff=p.staff, name=f"{first} {last}"))
    return data.model_copy(update={"names": tuple(names)})


SPECS: dict[str, dict[str, int | str]] = {
    "one_team": {"seed": 0, "clinicians": 20, "title": "One team", "service": "one-team"},
    "borough": {"seed": 1, "clinicians": 60, "title": "A borough", "service": "borough"},
    "trust": {"seed": 2, "clinicians": 150, "grid": 15, "title": "A trust", "service": "trust"},
    "large": {"seed": 1, "clinicians": 400, "title": "A large service", "service": "large"},
    "short_of_supervisors": {"seed": 3, "clinicians": 40, "title": "Short of supervisors", "service": "short"},
}
"""What each instance is made with."""


def instances() -> dict[str, d.RotaInput]:
    """All five instances by name."""
    found = {}
    for name, knobs in SPECS.items():
        found[name] = short(**knobs) if name == "short_of_supervisors" else service(**knobs)  # type: ignore[arg-type]
    return found | {"one_team": with_names(found["one_team"])}


def main(folder: Path = HERE) -> None:
    """Write every instance into a folder."""
    for name, data in instances().items():
        write_folder(folder / name, data)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
