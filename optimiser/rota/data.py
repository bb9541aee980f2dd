"""What goes into a rota and what comes out of it: frozen, typed records and nothing else.

The conventions are those of :mod:`optimiser.plan.data`: each record class is one row of a table, the instance class lists the tables, and
a field's title, description, unit, key and ref are all that the tables module needs to read, write and explain it.

Dates are text such as ``2026-12-07`` (read also from ``07/12/2026``, day first), times are text such as ``09:00`` on the 24-hour clock.
Everything is in whole minutes. Staff are known by their id; names stand in one table that is used only when something is written.
What follows from the input before anything is decided (days, hours at work, needs that fall due) is in :mod:`optimiser.rota.week`.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

# --- dates, times and other forms of text -------------------------------------------------------------------------------

_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(:00(\.0+)?)?", re.ASCII)

Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
DAY_STARTS, DAY_ENDS = "08:00", "20:00"
"""The day that the half-hour marks of Availability span: nobody is at work outside it."""


@lru_cache(maxsize=2000)
def minutes_of(time: str) -> int:
    """Minutes since midnight: ``09:30`` is 570. Raises ValueError on any other shape."""
    match = _TIME.fullmatch(time)
    if not match:
        raise ValueError(f"must be a time such as 09:00. You have {time!r}")
    return 60 * int(match[1]) + int(match[2])


def time_of(minutes: int) -> str:
    """Time of the day, the inverse of :func:`minutes_of`: 570 is ``09:30``."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _time(value: str) -> str:
    return time_of(minutes_of(value))


def _time_or_blank(value: str) -> str:
    return _time(value) if value else value


def _working_time(value: str) -> str:
    value = _time(value)
    if not DAY_STARTS <= value <= DAY_ENDS:
        raise ValueError(f"must be a time from {DAY_STARTS} to {DAY_ENDS}. You have {value!r}")
    return value


def _date(value: str) -> str:
    slashed = _SLASHED.fullmatch(value)
    iso = f"{slashed[3]}-{int(slashed[2]):02d}-{int(slashed[1]):02d}" if slashed else value.removesuffix("T00:00:00").removesuffix(" 00:00:00")
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", iso, re.ASCII):
            return date.fromisoformat(iso).isoformat()
    except ValueError:
        pass  # a day no month has: said below
    raise ValueError(f"must be a date such as 2026-12-07. You have {value!r}")


def _date_or_blank(value: str) -> str:
    return _date(value) if value else value


def _monday(value: str) -> str:
    value = _date(value)
    if date.fromisoformat(value).weekday():
        raise ValueError(f"must be a Monday, such as 2026-12-07. You have {value!r}, a {WEEKDAYS[date.fromisoformat(value).weekday()]}")
    return value


def _day_or_blank(value: str) -> str:
    if not value or value.capitalize() in WEEKDAYS:
        return value.capitalize()
    try:
        return _date(value)
    except ValueError:
        raise ValueError(f"must be a day of the week such as Monday or a date such as 2026-12-07. You have {value!r}") from None


def _mark(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


Id = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\s](.*[^\s])?$")]
Date = Annotated[str, AfterValidator(_date)]
DateOrBlank = Annotated[str, AfterValidator(_date_or_blank)]
Monday = Annotated[str, AfterValidator(_monday)]
Time = Annotated[str, AfterValidator(_time)]
TimeOrBlank = Annotated[str, AfterValidator(_time_or_blank)]
WorkingTime = Annotated[str, AfterValidator(_working_time)]
DayOrBlank = Annotated[str, AfterValidator(_day_or_blank)]
Length = Annotated[int, Field(ge=0, le=720, multiple_of=5)]
Weeks = Annotated[int, Field(ge=1, le=52)]
People = Annotated[int, Field(ge=0, le=1000)]
Hours = Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)]
Mark = Annotated[Literal["", "X", "P", "A", "U"], BeforeValidator(_mark)]
Form = Literal["individual", "group", "either"]
FormDue = Literal["individual", "group", "either", "owed"]
"""Form of a need that falls due: as asked for, or an individual session that is owed from an earlier week."""
Strength = Literal["must", "prefer", "never"]
Priority = Literal["Must", "High", "Medium", "Low"]
LEVELS: tuple[Priority, ...] = get_args(Priority)


def _col(title: str, description: str, *, unit: str = "", key: bool = False, ref: str = "", default: Any = ...) -> Any:
    return Field(default, title=title, description=description, json_schema_extra={"unit": unit, "key": key, "ref": ref})


class Row(BaseModel):
    """A row of a table: frozen, and closed to columns it does not know."""

    # Validators are made when a table is first read: of two jobs one is asked for.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, str_strip_whitespace=True, validate_default=True)


# --- rules ------------------------------------------------------------------------------------------------------------

RuleId = Literal[
    "N1", "N2", "N3", "N4", "C1", "C2", "C3", "P1", "P2", "P3", "P4", "L1", "L2", "L3", "D1", "D2", "B1", "B2", "T1", "K1", "K2", "K3", "F1",
    "W1", "W2", "W3", "W4",
]  # fmt: skip
"""Rules whose priority is the manager's. The rules that always hold (S1 to S8, R1 and R2) are on the page of the model."""


class Rule(Row):
    """A rule the manager rules: on or off, how much it matters, its number. A rule without a row holds with its default."""

    rule: RuleId = _col("Rule", "Id of the rule on the page of the model.", key=True)
    kind: str = _col(
        "Kind",
        "Kind of supervision this row is for; blank: every kind that has no row of its own. Only N1, P1, K1 and K2 may name a kind.",
        key=True, ref="Kinds.kind", default="",
    )  # fmt: skip
    sentence: str = _col("Sentence", "What the rule says; as printed. Blank: the rule's own sentence.", default="")
    on: bool = _col("On", "Whether the rule holds at all.", default=True)
    priority: Priority = _col("Priority", "Must comes before High, High before Medium, Medium before Low, whatever the amounts.")
    weight: Annotated[int, Field(ge=0, le=1000)] = _col(
        "Weight", "Worth of one unit of the rule beside other rules of the same priority.", unit="points", default=1
    )
    number: Annotated[int, Field(ge=0, le=1000)] | None = _col(
        "Number", "The number in the sentence, where the rule has one. Blank: the rule's default.", default=None
    )
    source: str = _col("Source", "Where the rule comes from.", default="")
    note: str = _col("Note", "Anything else.", default="")


def _rule(rule: RuleId, sentence: str, priority: Priority, weight: int = 1, number: int | None = None, source: str = "") -> Rule:
    return Rule(rule=rule, sentence=sentence, priority=priority, weight=weight, number=number, source=source)


_IAPT = "IAPT programme, supervision guidance and workforce pages (2008, 2009)"
_LOCAL = "Local policy; to be confirmed by the service"

DEFAULT_RULES: tuple[Rule, ...] = (
    _rule("N1", "Everyone has the supervision that falls due this week.", "Must", 10, source=_IAPT),
    _rule("N2", "What was missed is held within this many weeks.", "High", 5, 4, _IAPT),
    _rule("N3", "Nobody goes longer than this many weeks without clinical supervision.", "Must", 20, 4, f"{_IAPT}: cases reviewed in 2 to 4 weeks"),
    _rule("N4", "What is brought forward to this week is held.", "High", 5, source=_LOCAL),
    _rule("C1", "A supervisor sees no more people in the week than their most (else this number).", "Must", 100, source=_LOCAL),
    _rule("C2", "A supervisor sees no more trainees in the week than their most (else this number).", "Must", 100, 5, _IAPT),
    _rule("C3", "A supervisor gives no more hours of supervision in the week than their most (else this number).", "Must", 100, source=_LOCAL),
    _rule("P1", "Nobody's clinical supervisor is their line manager.", "High", 3, source=_IAPT),
    _rule("P2", "People who must never be paired are not.", "Must", 100, source="Pairs"),
    _rule("P3", "People who must have a named supervisor have that supervisor.", "Must", 100, source="Pairs"),
    _rule("P4", "People who prefer a supervisor have that supervisor.", "Medium", 3, source="Pairs"),
    _rule("L1", "What is locked as must is so.", "Must", 100, source="Locks"),
    _rule("L2", "What is locked as never is not so.", "Must", 100, source="Locks"),
    _rule("L3", "What is locked as prefer is so.", "Medium", 3, source="Locks"),
    _rule("D1", "In every opening hour this many experienced people are free to be consulted.", "Must", 20, 1, f"{_IAPT}: risk is always shared"),
    _rule("D2", "Duty is shared in proportion to hours at work.", "Low", source=_LOCAL),
    _rule("B1", "Everyone who works through the lunch window has this many free minutes in it.", "High", 2, 30, "Working time rules; local policy"),
    _rule("B2", "Nobody is in sessions for more than this many minutes without a break.", "High", 1, 180, _LOCAL),
    _rule("T1", "There is time to travel between sessions at different sites.", "Must", 50, source="Travel"),
    _rule("K1", "People keep the supervisor, or the group, they had last.", "Medium", 3, source=_LOCAL),
    _rule("K2", "Sessions keep their weekday and time.", "Medium", 1, source=_LOCAL),
    _rule("K3", "Whoever had a turn of duty last has it again.", "Low", 1, source=_LOCAL),
    _rule("F1", "Supervisors share the supervision given in proportion to hours at work, the heaviest loaded first.", "Medium", 1, source=_LOCAL),
    _rule("W1", "Sessions stay clear of half-hours marked A (avoid).", "Low", 2, source="Availability"),
    _rule("W2", "People who mark half-hours P (prefer) have their sessions in them.", "Low", 1, source="Availability"),
    _rule("W3", "A supervisor's sessions are on as few days as can be, so that clinics are not broken up.", "Low", 1, source=_LOCAL),
    _rule("W4", "Early and late sessions go round, first to whoever had fewest of late for their hours.", "Medium", 1, source=_LOCAL),
)
"""Every rule as it holds where Rules has no row for it, in the order of the page."""

KEPT: dict[RuleId, int] = {"K1": 4, "K2": 4, "K3": 2}
"""Weights, at High, of the rules that keep a rota as it was, where one that is published is mended: a change costs less than a need that is not met
there (5 and more) and more than half an hour of lunch (2)."""


# --- input ------------------------------------------------------------------------------------------------------------


class Settings(Row):
    """What holds for the whole rota."""

    title: Id = _col("Title", "Name of the rota, as it heads the report.")
    service: Id = _col("Service", "Short name of the service; part of every calendar entry's identity, so keep it from week to week.")
    week_commencing: Monday = _col("Week commencing", "Monday of the week that is planned.")
    grid: Annotated[int, Field(ge=15, le=30, multiple_of=15)] = _col(
        "Grid", "Sessions start on multiples of this: 15 or 30.", unit="minutes", default=30
    )
    full_time_hours: Annotated[float, Field(gt=0, le=60)] = _col("Full-time hours", "Contracted hours of one whole-time equivalent.", default=37.5)
    part_time: Literal["full", "fortnightly", "minutes"] = _col(
        "Part time",
        "What a role asks of part-timers below the limit: the same (full), half as often (fortnightly), or fewer minutes in proportion (minutes).",
        default="fortnightly",
    )
    part_time_below: Annotated[float, Field(ge=0, le=1)] = _col(
        "Part time below", "Whole-time equivalent under which that policy holds.", unit="WTE", default=0.6
    )
    lunch_from: Time = _col("Lunch from", "Start of the lunch window.", default="12:00")
    lunch_to: Time = _col("Lunch to", "End of the lunch window.", default="14:00")
    break_minutes: Annotated[int, Field(ge=5, le=60, multiple_of=5)] = _col(
        "Break", "Free minutes between sessions that count as a break.", unit="minutes", default=15
    )
    duty_minutes: Annotated[int, Field(ge=30, le=240, multiple_of=30)] = _col(
        "Duty turn", "Length of one turn of duty, counted from opening.", unit="minutes", default=60
    )
    bank_holidays: Literal["england", "scotland", "northern ireland", "none"] = _col(
        "Bank holidays", "Whose bank holidays are not worked; England's are those of Wales too.", default="england"
    )
    early_before: TimeOrBlank = _col("Early before", "A session that begins before this is early (W4). Blank: none is.", default="")
    late_after: TimeOrBlank = _col("Late after", "A session that ends after this is late (W4). Blank: none is.", default="")
    mends: bool = _col(
        "Mends", "Last rota and Last duty are this week's as published, and keeping them (K1, K2, K3) is High. `rota --from` sets it.", default=False
    )
    keeps: Literal["published", "pairs"] = _col(
        "Keeps",
        "Where it mends: what is High to keep: all that was published (K1, K2, K3), or only who is with whom (K1), times and duty as Rules says.",
        default="published",
    )
    mended_from: DateOrBlank = _col(
        "Mended from", "Where it mends: the first day that may change. Duty before it is as in Last duty (S8). Blank: all of them.", default=""
    )
    weeks: Annotated[int, Field(ge=1, le=8)] = _col(
        "Weeks", "Weeks made in one run, each of the one before; `--weeks` takes precedence.", unit="weeks", default=1
    )


class Site(Row):
    """A place where people work."""

    site: Id = _col("Site", "Short name used in every other table.", key=True)
    name: str = _col("Name", "Name as printed.", default="")


class Travel(Row):
    """Time to get from one site to another; it holds both ways. No row: none is needed."""

    from_site: Id = _col("From site", "One site.", key=True, ref="Sites.site")
    to_site: Id = _col("To site", "The other.", key=True, ref="Sites.site")
    minutes: Length = _col("Minutes", "Time it takes.", unit="minutes")


class OpeningHours(Row):
    """Opening hours of the service on a day of the week: the time that duty covers. No row: not open, no duty."""

    weekday: Weekday = _col("Weekday", "Day of the week.", key=True)
    opens: Time = _col("Opens", "Opening time.")
    closes: Time = _col("Closes", "Closing time.")


class Closed(Row):
    """A day on which the service is closed, bank holidays apart."""

    date: Date = _col("Date", "Day.", key=True)
    note: str = _col("Note", "Why.", default="")


class Kind(Row):
    """A kind of supervision."""

    kind: Id = _col("Kind", "Short name used in every other table.", key=True)
    name: str = _col("Name", "Name as printed.", default="")
    clinical: bool = _col("Clinical", "Whether it is clinical supervision (P1 holds for it) rather than management.", default=True)
    given_by: Literal["supervisor", "line manager", "peers"] = _col(
        "Given by", "A supervisor who is competent in it; the person's line manager; or nobody, as in a peer group.", default="supervisor"
    )
    mode: Literal["room", "online", "either"] = _col(
        "Mode", "room: always in a room; online: never; either: in a room where one is free and all are at its site.", default="either"
    )
    group_least: Annotated[int, Field(ge=1, le=100)] = _col("Group, at least", "Fewest people for a group to be held.", unit="people", default=2)
    group_most: Annotated[int, Field(ge=1, le=100)] = _col("Group, at most", "Most people in a group.", unit="people", default=4)
    shared_credit: bool = _col(
        "Shared credit",
        "Whether time in a group counts as min(time, 2 × time ÷ people) for each (yes), or in full (no).",
        default=True,
    )


class Role(Row):
    """A role of clinical staff."""

    role: Id = _col("Role", "Short name used in every other table.", key=True)
    name: str = _col("Name", "Name as printed.", default="")


class RoleNeed(Row):
    """Supervision that everyone in a role receives."""

    role: Id = _col("Role", "Role.", key=True, ref="Roles.role")
    kind: Id = _col("Kind", "Kind of supervision.", key=True, ref="Kinds.kind")
    form: Form = _col("Form", "individual, group, or either.", key=True, default="individual")
    minutes: Length = _col("Minutes", "Time to be credited each time.", unit="minutes")
    every: Weeks = _col("Every", "How often.", unit="weeks", default=1)
    source: str = _col("Source", "Where from.", default="")


class Staff(Row):
    """A member of staff who receives or gives supervision, or takes duty."""

    staff: Id = _col("Staff", "Staff id used in every other table.", key=True)
    role: Id = _col("Role", "Role.", ref="Roles.role")
    band: str = _col("Band", "Agenda for Change band.", default="")
    hours: Hours = _col("Hours", "Contracted hours.", unit="hours a week")
    trainee: bool = _col("Trainee", "Whether in training (C2 counts trainees).", default=False)
    experienced: bool = _col("Experienced", "Whether an experienced supervisor who may be on duty (D1).", default=False)
    line_manager: str = _col("Line manager", "Staff id of the line manager; blank: not known here.", ref="Staff.staff", default="")
    most_people: People | None = _col("Most people", "Most people supervised in a week (C1). Blank: the rule's number.", unit="people", default=None)
    most_trainees: People | None = _col("Most trainees", "Of those, most trainees (C2). Blank: the rule's number.", unit="people", default=None)
    most_hours: Hours | None = _col(
        "Most hours", "Most hours of supervision given in a week (C3). Blank: the rule's number.", unit="hours a week", default=None
    )
    starts: DateOrBlank = _col("Starts", "First day in post. Blank: already in post.", default="")
    ends: DateOrBlank = _col("Ends", "Last day in post. Blank: no end known.", default="")


class Name(Row):
    """Name of a member of staff; read only when a rota is written out."""

    staff: Id = _col("Staff", "Staff id.", key=True, ref="Staff.staff")
    name: str = _col("Name", "Name as printed.")


class Need(Row):
    """Supervision that one person receives. A person's rows for a kind replace those of their role for that kind; 0 minutes: none."""

    staff: Id = _col("Staff", "Staff id.", key=True, ref="Staff.staff")
    kind: Id = _col("Kind", "Kind of supervision.", key=True, ref="Kinds.kind")
    form: Form = _col("Form", "individual, group, or either.", key=True, default="individual")
    minutes: Length = _col("Minutes", "Time to be credited each time.", unit="minutes")
    every: Weeks = _col("Every", "How often.", unit="weeks", default=1)
    note: str = _col("Note", "Why it differs.", default="")


class LastHeld(Row):
    """When a person last had a kind of supervision, so that what is not weekly falls due in the right week. No row: it falls due now."""

    staff: Id = _col("Staff", "Staff id.", key=True, ref="Staff.staff")
    kind: Id = _col("Kind", "Kind of supervision.", key=True, ref="Kinds.kind")
    form: Form = _col("Form", "Form of the need.", key=True, default="individual")
    date: Date = _col("Date", "Day it was last held.")


class Early(Row):
    """A need that falls due this week although it need not yet: in the week it would, there would be no time. `rota --weeks` writes it."""

    staff: Id = _col("Staff", "Staff id.", key=True, ref="Staff.staff")
    kind: Id = _col("Kind", "Kind of supervision.", key=True, ref="Kinds.kind")
    form: Form = _col("Form", "Form of the need.", key=True, default="individual")
    because: str = _col("Because", "Why it is brought forward.", default="")


class Owed(Row):
    """A weekly session that was missed and is not yet made good. Written from week to week; a row may be deleted where nothing is owed."""

    staff: Id = _col("Staff", "Staff id of the person supervised.", key=True, ref="Staff.staff")
    kind: Id = _col("Kind", "Kind of supervision.", key=True, ref="Kinds.kind")
    missed: Monday = _col("Week missed", "Monday of the week in which it was missed.", key=True)
    minutes: Length = _col("Minutes", "Its length.", unit="minutes")


class History(Row):
    """What a person gave, took and missed in a week that is past, so that shares even out over twelve weeks. Written from week to week."""

    staff: Id = _col("Staff", "Staff id.", key=True, ref="Staff.staff")
    week: Monday = _col("Week commencing", "Monday of that week.", key=True)
    minutes: Annotated[int, Field(ge=0)] = _col("Minutes", "Supervision given, of kinds given by a supervisor.", unit="minutes", default=0)
    fair_minutes: Annotated[int, Field(ge=0)] = _col("Fair share", "The person's share of it by hours at work.", unit="minutes", default=0)
    duty_turns: Annotated[int, Field(ge=0)] = _col("Duty turns", "Turns of duty.", unit="turns", default=0)
    fair_duty_turns: Annotated[int, Field(ge=0)] = _col("Fair duty", "The person's share of them by hours at work.", unit="turns", default=0)
    early_or_late: Annotated[int, Field(ge=0)] = _col("Early or late", "Sessions that were early or late (W4).", unit="sessions", default=0)
    missed: Annotated[int, Field(ge=0)] = _col("Missed", "Sessions that fell due and were not held.", unit="sessions", default=0)


class Competence(Row):
    """What a supervisor is trained to supervise."""

    staff: Id = _col("Staff", "Staff id of the supervisor.", key=True, ref="Staff.staff")
    kind: Id = _col("Kind", "Kind of supervision.", key=True, ref="Kinds.kind")


def _half(time: str) -> Any:
    return _col(time, f"Half-hour from {time}: blank can, X cannot, P prefer, A avoid, U university.", default="")


class Availability(Row):
    """Hours at work on a day of the week, at one site, and what the person says of each half-hour of them."""

    staff: Id = _col("Staff", "Staff id.", key=True, ref="Staff.staff")
    weekday: Weekday = _col("Weekday", "Day of the week.", key=True)
    from_time: WorkingTime = _col("From", "Start of work.", key=True)
    to_time: WorkingTime = _col("To", "End of work.")
    site: str = _col("Site", "Where; blank: at no site (home), so online only.", ref="Sites.site", default="")
    t0800: Mark = _half("08:00")
    t0830: Mark = _half("08:30")
    t0900: Mark = _half("09:00")
    t0930: Mark = _half("09:30")
    t1000: Mark = _half("10:00")
    t1030: Mark = _half("10:30")
    t1100: Mark = _half("11:00")
    t1130: Mark = _half("11:30")
    t1200: Mark = _half("12:00")
    t1230: Mark = _half("12:30")
    t1300: Mark = _half("13:00")
    t1330: Mark = _half("13:30")
    t1400: Mark = _half("14:00")
    t1430: Mark = _half("14:30")
    t1500: Mark = _half("15:00")
    t1530: Mark = _half("15:30")
    t1600: Mark = _half("16:00")
    t1630: Mark = _half("16:30")
    t1700: Mark = _half("17:00")
    t1730: Mark = _half("17:30")
    t1800: Mark = _half("18:00")
    t1830: Mark = _half("18:30")
    t1900: Mark = _half("19:00")
    t1930: Mark = _half("19:30")

    @property
    def marks(self) -> tuple[str, ...]:
        """The 24 marks in order, from 08:00."""
        found: tuple[str, ...] = _marks_of(self)
        return found


HALF_HOURS = tuple(name for name in Availability.model_fields if re.fullmatch(r"t\d{4}", name))
"""Names of the columns of the half-hour marks, from 08:00."""
_marks_of = attrgetter(*HALF_HOURS)


class Term(Row):
    """Dates of a university term: outside every term that concerns a person half-hours marked U are time at work. No row: always term."""

    first: Date = _col("From", "First day.", key=True)
    last: Date = _col("To", "Last day.")
    role: str = _col("Role", "Role it concerns; blank: every role that has no rows of its own.", key=True, ref="Roles.role", default="")
    note: str = _col("Note", "Which term.", default="")


class Away(Row):
    """Days on which a person is not at work. Why is nobody's business here."""

    staff: Id = _col("Staff", "Staff id.", key=True, ref="Staff.staff")
    first: Date = _col("From", "First day away.", key=True)
    last: Date = _col("To", "Last day away.")


class Pair(Row):
    """A supervisor a person must have, prefers, or must never have. It says nothing of line managers and peers: only supervisors are chosen."""

    staff: Id = _col("Staff", "Staff id of the person supervised.", key=True, ref="Staff.staff")
    supervisor: Id = _col("Supervisor", "Staff id of the supervisor.", key=True, ref="Staff.staff")
    kind: str = _col("Kind", "Kind of supervision; blank: every kind given by a supervisor.", key=True, ref="Kinds.kind", default="")
    strength: Strength = _col("Must, prefer or never", "must (P3), prefer (P4) or never (P2).")
    reason: str = _col("Reason", "Why; no health data.", default="")


class Group(Row):
    """A supervision group that may be held once in the week."""

    group: Id = _col("Group", "Short name used in every other table; not a staff id.", key=True)
    kind: Id = _col("Kind", "Kind of supervision.", ref="Kinds.kind")
    minutes: Annotated[int, Field(ge=15, le=480, multiple_of=5)] = _col("Minutes", "Length of the session.", unit="minutes")
    leader: str = _col("Leader", "Staff id of the supervisor; blank: chosen.", ref="Staff.staff", default="")
    least: Annotated[int, Field(ge=1, le=100)] | None = _col("At least", "Fewest people. Blank: as in Kinds.", unit="people", default=None)
    most: Annotated[int, Field(ge=1, le=100)] | None = _col("At most", "Most people. Blank: as in Kinds.", unit="people", default=None)
    open: bool = _col("Open", "Whether people may be placed in it who are not listed in Group members.", default=True)


class GroupMember(Row):
    """A person who belongs to a group: their group need of its kind is met in a group they are listed in, or not at all."""

    group: Id = _col("Group", "Group.", key=True, ref="Groups.group")
    staff: Id = _col("Staff", "Staff id.", key=True, ref="Staff.staff")


class Room(Row):
    """A room."""

    room: Id = _col("Room", "Short name.", key=True)
    site: Id = _col("Site", "Where it is.", ref="Sites.site")
    capacity: Annotated[int, Field(ge=1, le=500)] = _col("Capacity", "Most people in it, the supervisor counted.", unit="people")
    opens: TimeOrBlank = _col("Opens", "From when it can be used each day. Blank: always.", default="")
    closes: TimeOrBlank = _col("Closes", "Until when. Blank: always.", default="")
    ends: DateOrBlank = _col("Ends", "Last day on which it can be used. Blank: no end known.", default="")


class Lock(Row):
    """Something the manager has decided about a session.

    Staff alone: that person's individual session (of the kind, or of every kind where blank). Group alone: that group's session. Staff and
    group: that the person is in that group. What is filled in of supervisor, day and start must all be so (must, prefer) or not all be so (never).
    """

    lock: Id = _col("Lock", "Short name.", key=True)
    staff: str = _col("Staff", "Staff id of the person supervised.", ref="Staff.staff", default="")
    group: str = _col("Group", "Group.", ref="Groups.group", default="")
    kind: str = _col("Kind", "Kind of supervision; blank: every kind.", ref="Kinds.kind", default="")
    supervisor: str = _col("Supervisor", "Staff id; blank: anyone.", ref="Staff.staff", default="")
    day: DayOrBlank = _col("Day", "Weekday such as Monday, or a date; blank: any day.", default="")
    start: TimeOrBlank = _col("Start", "Time; blank: any time.", default="")
    strength: Strength = _col("Must, prefer or never", "must (L1), prefer (L3) or never (L2).")
    owed: bool = _col("Owed", "With staff alone: it speaks of sessions that are owed, rather than of all others.", default=False)
    reason: str = _col("Reason", "Why; no health data.", default="")
    set_by: str = _col("Set by", "Who decided.", default="")
    set_on: DateOrBlank = _col("Set on", "When.", default="")


class LastSession(Row):
    """A session as it was last held. Staff alone: their individual session; group alone: the group's; both: the person was in that group."""

    staff: str = _col("Staff", "Staff id of the person supervised.", key=True, ref="Staff.staff", default="")
    group: str = _col("Group", "Group.", key=True, ref="Groups.group", default="")
    kind: Id = _col("Kind", "Kind of supervision.", key=True, ref="Kinds.kind")
    owed: bool = _col("Owed", "Whether it was one that was owed; only of a rota that is mended.", key=True, default=False)
    supervisor: str = _col("Supervisor", "Staff id of the supervisor; blank where it had none.", ref="Staff.staff", default="")
    weekday: Weekday = _col("Weekday", "Day of the week.")
    start: Time = _col("Start", "Time.")


class LastDuty(Row):
    """A turn of duty as it was last taken."""

    weekday: Weekday = _col("Weekday", "Day of the week.", key=True)
    start: Time = _col("Start", "Time it began.", key=True)
    staff: Id = _col("Staff", "Staff id of who took it.", key=True, ref="Staff.staff")


class RotaInput(BaseModel):
    """An instance of the service manager's rota: every table, in workbook order."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)

    settings: Settings = Field(alias="Settings")
    staff: tuple[Staff, ...] = Field(alias="Staff", min_length=1)
    names: tuple[Name, ...] = Field(alias="Names", default=())
    availability: tuple[Availability, ...] = Field(alias="Availability", min_length=1)
    away: tuple[Away, ...] = Field(alias="Away", default=())
    terms: tuple[Term, ...] = Field(alias="Terms", default=())
    kinds: tuple[Kind, ...] = Field(alias="Kinds", min_length=1)
    competences: tuple[Competence, ...] = Field(alias="Competences", default=())
    roles: tuple[Role, ...] = Field(alias="Roles", min_length=1)
    role_needs: tuple[RoleNeed, ...] = Field(alias="Role needs", default=())
    needs: tuple[Need, ...] = Field(alias="Needs", default=())
    pairs: tuple[Pair, ...] = Field(alias="Pairs", default=())
    groups: tuple[Group, ...] = Field(alias="Groups", default=())
    group_members: tuple[GroupMember, ...] = Field(alias="Group members", default=())
    sites: tuple[Site, ...] = Field(alias="Sites", default=())
    rooms: tuple[Room, ...] = Field(alias="Rooms", default=())
    travel: tuple[Travel, ...] = Field(alias="Travel", default=())
    opening_hours: tuple[OpeningHours, ...] = Field(alias="Opening hours", default=())
    closed: tuple[Closed, ...] = Field(alias="Closed", default=())
    rules: tuple[Rule, ...] = Field(alias="Rules", default=DEFAULT_RULES)
    locks: tuple[Lock, ...] = Field(alias="Locks", default=())
    last_held: tuple[LastHeld, ...] = Field(alias="Last held", default=())
    early: tuple[Early, ...] = Field(alias="Brought forward", default=())
    owed: tuple[Owed, ...] = Field(alias="Owed", default=())
    history: tuple[History, ...] = Field(alias="History", default=())
    last_rota: tuple[LastSession, ...] = Field(alias="Last rota", default=())
    last_duty: tuple[LastDuty, ...] = Field(alias="Last duty", default=())


# --- answer -----------------------------------------------------------------------------------------------------------
#
# The first group is decided; the second follows from it and is stated so that the checker can compare it with its own.


def session_id(who: str, kind: str, week_commencing: str, *, owed: bool = False) -> str:
    """Id of a session: the person (individual) or group, the kind, and the week. It stays when time, supervisor or room change."""
    return f"{who} {kind} {'owed ' if owed else ''}{week_commencing}"


class Session(Row):
    """A session that is held."""

    session: str = _col("Session", "Id: who, kind, week; the same whenever and with whomever it is held.", key=True)
    kind: Id = _col("Kind", "Kind of supervision.")
    form: Literal["individual", "group", "owed"] = _col("Form", "individual, group, or owed: an individual session owed from an earlier week.")
    group: str = _col("Group", "Group; blank for an individual session.", default="")
    supervisor: str = _col("Supervisor", "Staff id; blank for a group of peers.", default="")
    date: Date = _col("Date", "Day.")
    start: Time = _col("Start", "Time it begins.")
    minutes: int = _col("Minutes", "How long it lasts.", unit="minutes")
    mode: Literal["room", "online"] = _col("Mode", "room or online.")
    room: str = _col("Room", "Room; blank where online.", default="")
    site: str = _col("Site", "Site of the room; blank where online.", default="")


class Attendance(Row):
    """A person supervised in a session."""

    session: str = _col("Session", "Id of the session.", key=True)
    staff: Id = _col("Staff", "Staff id of the person supervised.", key=True)


class DutyTurn(Row):
    """A person on duty: experienced, at work, and in no session for the whole turn."""

    date: Date = _col("Date", "Day.", key=True)
    start: Time = _col("Start", "Time it begins.", key=True)
    staff: Id = _col("Staff", "Staff id.", key=True)
    minutes: int = _col("Minutes", "How long it lasts.", unit="minutes")


Cause = Literal[
    "no supervisor",
    "no time in common",
    "supervisors full",
    "no free time in common",
    "no room",
    "group not held",
    "a more important rule",
]
"""Nearest causes, the most final first. The last: it could be held, but only at the cost of a rule that comes before."""


class NotPlaced(Row):
    """A need that falls due and is not met, and the nearest cause."""

    staff: Id = _col("Staff", "Staff id.", key=True)
    kind: Id = _col("Kind", "Kind of supervision.", key=True)
    form: FormDue = _col("Form", "Form of the need.", key=True)
    cause: Cause = _col("Cause", "Nearest cause.")
    because: str = _col("Because", "The cause in a sentence.")
    help: str = _col("What would help", "What would let it be placed, in a sentence.")


class SupervisorLoad(Row):
    """What a person gives in the week (kinds given by a supervisor), and their duty. Follows from the decisions.

    There is a row for everyone who gives a session, takes a turn of duty or has a share of either; rows for others may stand, and say 0.
    """

    staff: Id = _col("Staff", "Staff id.", key=True)
    sessions: int = _col("Sessions", "Sessions given.", unit="sessions")
    minutes: int = _col("Minutes", "Supervision given.", unit="minutes")
    fair_minutes: int = _col("Fair share", "Share in proportion to hours at work, less what is carried (F1).", unit="minutes")
    carried_minutes: int = _col(
        "Carried", "What was given beyond the shares of earlier weeks, as far as it counts this week; below 0: given less.", unit="minutes", default=0
    )
    at_work_minutes: int = _col("At work", "Time at work in the week, university left out.", unit="minutes")
    people: int = _col("People", "People seen.", unit="people")
    trainees: int = _col("Trainees", "Of those, trainees.", unit="people")
    days: int = _col("Days", "Days on which sessions are given.", unit="days")
    duty_turns: int = _col("Duty turns", "Turns of duty.", unit="turns")
    fair_duty_turns: int = _col("Fair duty", "Share of the turns in proportion to hours at work, less what is carried (D2).", unit="turns")
    early_or_late: int = _col("Early or late", "Sessions, received or given, that are early or late (W4).", unit="sessions", default=0)


class Bent(Row):
    """One place where a rule of Rules is bent: how much, and what that costs in its level. Follows from the decisions.

    Two journeys to the same session (T1) share a key: they may stand in a row each, or in one with the sum of their amounts.
    """

    rule: RuleId = _col("Rule", "Rule.", key=True)
    priority: Priority = _col("Priority", "Priority the rule has here.")
    staff: str = _col("Staff", "Staff id of whom it concerns; blank for duty and locks on groups.", key=True, default="")
    session: str = _col("Session", "Session; blank where none is meant.", key=True, default="")
    item: str = _col("Item", "Lock, or kind and form of a need; blank otherwise.", key=True, default="")
    date: DateOrBlank = _col("Date", "Day; blank: the whole week.", key=True, default="")
    start: TimeOrBlank = _col("Start", "Time; blank: the whole day.", key=True, default="")
    amount: int = _col("Amount", "By how much, in the unit of the rule.")
    points: int = _col("Points", "Amount times the rule's weight.", unit="points")


class TermValue(Row):
    """What a row of Rules adds up to: a named term of its level. Every rule that is on has one. Follows from the decisions."""

    rule: RuleId = _col("Rule", "Rule.", key=True)
    kind: str = _col("Kind", "Kind of the row in Rules; blank: every other kind.", key=True, default="")
    priority: Priority = _col("Priority", "Level it is a term of.")
    amount: int = _col("Amount", "Sum of the amounts, in the unit of the rule.")
    points: int = _col("Points", "Amount times weight.", unit="points")


class LevelValue(Row):
    """Value of a level: the sum of its terms. Follows from the decisions."""

    priority: Priority = _col("Priority", "Level.", key=True)
    points: int = _col("Points", "Sum of its terms' points; 0 is the best there can be.", unit="points")


class RotaAnswer(BaseModel):
    """A rota: what is decided, and what follows from it. ``option`` is blank for the rota itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)

    option: str = ""
    sessions: tuple[Session, ...] = Field(alias="Result sessions", default=())
    attendance: tuple[Attendance, ...] = Field(alias="Result attendance", default=())
    duty: tuple[DutyTurn, ...] = Field(alias="Result duty", default=())
    not_placed: tuple[NotPlaced, ...] = Field(alias="Result not placed", default=())
    load: tuple[SupervisorLoad, ...] = Field(alias="Result load", default=())
    bent: tuple[Bent, ...] = Field(alias="Result bent", default=())
    terms: tuple[TermValue, ...] = Field(alias="Result terms", default=())
    levels: tuple[LevelValue, ...] = Field(alias="Result levels", default=())


class RotaWeek(BaseModel):
    """A week of several: what is brought forward to it beside what its input brings, and its rota."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)

    early: tuple[Early, ...] = Field(alias="Brought forward", default=())
    rota: RotaAnswer = Field(alias="Rota")


class RotaWeeks(BaseModel):
    """An answer to an instance of several weeks: all of them, in order. The input of each but the first follows from the one before."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)

    option: str = ""
    weeks: tuple[RotaWeek, ...] = Field(alias="Weeks")

    @property
    def terms(self) -> tuple[TermValue, ...]:
        """Terms of every week; none where a week leaves out what follows from its decisions."""
        found = [week.rota.terms for week in self.weeks]
        return tuple(row for rows in found for row in rows) if all(found) else ()
