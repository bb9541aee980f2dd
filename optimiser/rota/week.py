"""What the input says of the week before anything is decided: days, hours at work, needs that fall due, turns of duty, fair shares.

Plain arithmetic on the records, shared by the model, the check and the report.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import holidays

from optimiser.rota.data import DAY_STARTS, DEFAULT_RULES, KEPT, WEEKDAYS, minutes_of, time_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from optimiser.rota.data import Availability, Form, FormDue, History, Kind, Owed, RotaInput, Rule, RuleId, Staff, Weekday

HALF_HOUR = 30
"""Minutes of a mark of Availability, and the step in which loads are compared (C3, F1)."""

MOST_OVERDUE = 3
"""Weeks beyond which a need that is overdue weighs no more (N1)."""

REMEMBERED = 11
"""Weeks before this one that History is asked about: with this one they are the twelve over which shares even out."""

MADE_GOOD = 4
"""Weeks over which what somebody gave beyond their shares is made good: all of it at once would part people from their supervisors for a week."""

_SUBDIVISION = {"england": "ENG", "scotland": "SCT", "northern ireland": "NIR"}


class Span(NamedTuple):
    """Minutes of a day from ``start`` up to ``end``."""

    start: int
    end: int

    def meets(self, other: Span) -> bool:
        """Whether the two overlap."""
        return self.start < other.end and other.start < self.end

    def holds(self, other: Span) -> bool:
        """Whether the other lies within this one."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True)
class Stretch:
    """Time at work on a date at one site, without a break in it. ``barred`` are the spans marked X or U; the site is blank at home."""

    staff: str
    date: str
    site: str
    span: Span
    barred: tuple[Span, ...]
    university: tuple[Span, ...]
    avoid: tuple[Span, ...]
    prefer: tuple[Span, ...]

    def free(self, span: Span) -> bool:
        """Whether a session or a turn of duty can stand here: at work all through, and no half-hour of it barred (S2)."""
        return self.span.holds(span) and not any(span.meets(bar) for bar in self.barred)

    def avoided(self, span: Span) -> bool:
        """Whether the span touches a half-hour marked A (W1)."""
        return any(span.meets(mark) for mark in self.avoid)

    def preferred(self, span: Span) -> bool:
        """Whether the span lies wholly within half-hours marked P (W2)."""
        return any(mark.holds(span) for mark in self.prefer)

    @property
    def minutes(self) -> int:
        """Minutes at work, university left out."""
        return self.span.end - self.span.start - sum(u.end - u.start for u in self.university)


@dataclass(frozen=True)
class Due:
    """Supervision that a person needs this week.

    ``overdue`` is the number of whole weeks by which it is late already; ``since`` is how many weeks ago it was last held, None where nobody
    knows. Of a session that is owed (form *owed*) ``since`` is how many weeks ago it was missed.
    """

    staff: str
    kind: str
    form: FormDue
    minutes: int
    every: int
    overdue: int
    since: int | None = None
    early: bool = False
    """Whether it is brought forward, and need not be held yet."""

    @property
    def amount(self) -> int:
        """How much it counts when it is not met (N1)."""
        return 1 + min(self.overdue, MOST_OVERDUE)


@dataclass(frozen=True)
class Turn:
    """A turn of duty that somebody experienced must take (D1)."""

    date: str
    span: Span


def week_days(data: RotaInput) -> dict[str, Weekday]:
    """Dates of the week planned, in order, and the weekday of each."""
    monday = date.fromisoformat(data.settings.week_commencing)
    return {(monday + timedelta(days=n)).isoformat(): name for n, name in enumerate(WEEKDAYS)}


def closed_days(data: RotaInput) -> dict[str, str]:
    """Dates of the week on which nobody works, and why: bank holidays, and the days in Closed."""
    days = week_days(data)
    found = {row.date: row.note or "Closed" for row in data.closed if row.date in days}
    if data.settings.bank_holidays != "none":
        years = {int(day[:4]) for day in days}
        calendar = holidays.country_holidays("GB", subdiv=_SUBDIVISION[data.settings.bank_holidays], years=years)
        found |= {day: calendar[day] for day in days if day in calendar}
    return found


def at_work(data: RotaInput) -> dict[str, tuple[Stretch, ...]]:
    """Stretches at work of everybody in the week, by staff id and in order; rows that adjoin at the same site are one stretch.

    Nobody is at work on a day the service is closed, while away, or before the first or after the last day in post. Outside the university
    terms that concern a person, half-hours marked U are time at work.
    """
    shut = closed_days(data)
    away: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in data.away:
        away[row.staff].append((row.first, row.last))
    rows: dict[tuple[str, str], list[Availability]] = defaultdict(list)
    for line in data.availability:
        rows[line.staff, line.weekday].append(line)
    names = week_days(data)
    in_term = _in_term(data)
    found: dict[str, tuple[Stretch, ...]] = {}
    for person in data.staff:
        days = [
            day
            for day in names
            if day not in shut
            and (not person.starts or person.starts <= day)
            and (not person.ends or day <= person.ends)
            and not any(first <= day <= last for first, last in away[person.staff])
        ]
        found[person.staff] = tuple(
            stretch for day in days for stretch in _joined(day, (_stretch(row, in_term(person, day)) for row in rows[person.staff, names[day]]))
        )
    return found


def _in_term(data: RotaInput) -> Callable[[Staff, str], bool]:
    """Whether a day is in a university term, for each person."""
    terms: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in data.terms:
        terms[row.role].append((row.first, row.last))

    def found(person: Staff, day: str) -> bool:
        mine = terms.get(person.role) or terms.get("")
        return mine is None or any(first <= day <= last for first, last in mine)

    return found


_Hours = tuple[Span, tuple[Span, ...], tuple[Span, ...], tuple[Span, ...], tuple[Span, ...]]


def _stretch(row: Availability, in_term: bool) -> Stretch:
    """Hours of a row of Availability, of no date yet."""
    span, barred, university, avoid, prefer = _spans(row.from_time, row.to_time, row.marks, in_term)
    return Stretch(row.staff, "", row.site, span, barred, university, avoid, prefer)


@lru_cache(maxsize=10_000)
def _spans(from_time: str, to_time: str, marks: tuple[str, ...], in_term: bool) -> _Hours:
    """Time at work, and what of it is barred, at university, to be avoided and preferred. Asked for often, and rows are alike: remembered."""
    span = Span(minutes_of(from_time), minutes_of(to_time))
    there = set(marks)
    barred, university = ("XU", "U") if in_term else ("X", "")

    def marked(which: str) -> tuple[Span, ...]:
        return () if there.isdisjoint(which) else _marked(marks, which, span)

    return span, marked(barred), marked(university), marked("A"), marked("P")


def _marked(marks: Iterable[str], which: str, within: Span) -> tuple[Span, ...]:
    """Spans of the half-hours that have one of these marks, as far as they lie within a span."""
    starts = [minutes_of(DAY_STARTS) + HALF_HOUR * n for n, mark in enumerate(marks) if mark and mark in which]
    spans = [Span(max(start, within.start), min(start + HALF_HOUR, within.end)) for start in starts]
    return _merged(span for span in spans if span.start < span.end)


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, those that adjoin as one."""
    found: list[Span] = []
    for span in spans:
        start = found.pop().start if found and found[-1].end == span.start else span.start
        found.append(Span(start, span.end))
    return tuple(found)


def _joined(day: str, rows: Iterable[Stretch]) -> list[Stretch]:
    """Rows of a weekday as stretches of a date, those that adjoin at the same site as one."""
    found: list[Stretch] = []
    for row in sorted(rows, key=lambda r: r.span):
        span = row.span
        marks = [row.barred, row.university, row.avoid, row.prefer]
        if found and found[-1].span.end == span.start and found[-1].site == row.site:
            last = found.pop()
            span = Span(last.span.start, span.end)
            marks = [_merged(a + b) for a, b in zip((last.barred, last.university, last.avoid, last.prefer), marks, strict=True)]
        found.append(Stretch(row.staff, day, row.site, span, *marks))
    return found


@dataclass(frozen=True)
class Asked:
    """Supervision that is asked for a person, whether or not it falls due: so many minutes every so many weeks."""

    staff: str
    kind: str
    form: Form
    minutes: int
    every: int


def asked(data: RotaInput) -> dict[str, tuple[Asked, ...]]:
    """What is asked for each person, in the order of Staff.

    A person's own rows for a kind replace those of their role for that kind. A part-timer below the limit is asked by the role for the
    same, half as often, or fewer minutes in proportion, as the settings say.
    """
    settings = data.settings
    own: dict[str, dict[str, list[Asked]]] = defaultdict(lambda: defaultdict(list))
    for row in data.needs:
        own[row.staff][row.kind].append(Asked(row.staff, row.kind, row.form, row.minutes, row.every))
    found = {}
    for person in data.staff:
        needs: dict[str, list[Asked]] = defaultdict(list)
        part = person.hours / settings.full_time_hours
        for role in data.role_needs:
            if role.role == person.role and role.kind not in own[person.staff]:
                minutes, every = role.minutes, role.every
                if part < settings.part_time_below and settings.part_time == "fortnightly":
                    every *= 2
                elif part < settings.part_time_below and settings.part_time == "minutes":
                    minutes = settings.grid * math.ceil(round(minutes * part / settings.grid, 6))
                needs[role.kind].append(Asked(person.staff, role.kind, role.form, minutes, every))
        needs |= own[person.staff]
        found[person.staff] = tuple(need for rows in needs.values() for need in rows if need.minutes > 0)
    return found


def since_held(data: RotaInput) -> dict[tuple[str, str, Form], int]:
    """How many weeks before this one each need (person, kind, form) was last held; below 0: after it. Where nobody knows it is left out."""
    monday = date.fromisoformat(data.settings.week_commencing)
    return {(row.staff, row.kind, row.form): -((date.fromisoformat(row.date) - monday).days // 7) for row in data.last_held}


def due(data: RotaInput, work: Mapping[str, tuple[Stretch, ...]]) -> tuple[Due, ...]:
    """Needs that fall due this week, in the order of Staff; of people with no time at work in the week, none.

    What is asked for falls due ``every`` weeks after the week it was last held, or when it is brought forward. Of the sessions of a kind that a
    person is owed, the one missed first falls due beside it.
    """
    settings = data.settings
    monday = date.fromisoformat(settings.week_commencing)
    held = since_held(data)
    early = {(row.staff, row.kind, row.form) for row in data.early}
    owed: dict[str, dict[str, Owed]] = defaultdict(dict)
    for debt in sorted(data.owed, key=lambda row: row.missed):
        if debt.minutes > 0 and debt.missed < settings.week_commencing:
            owed[debt.staff].setdefault(debt.kind, debt)
    found = []
    for staff, needs in asked(data).items():
        if not any(stretch.minutes > 0 for stretch in work[staff]):
            continue
        for need in needs:
            key = (staff, need.kind, need.form)
            since = held.get(key)
            late = 0 if since is None else since - need.every
            if late >= 0 or key in early:
                found.append(Due(staff, need.kind, need.form, need.minutes, need.every, max(late, 0), since, late < 0))
        for kind, debt in owed[staff].items():
            weeks = (monday - date.fromisoformat(debt.missed)).days // 7
            found.append(Due(staff, kind, "owed", debt.minutes, 1, weeks - 1, weeks))
    return tuple(found)


def rule_for(data: RotaInput, rule: RuleId, kind: str = "") -> Rule:
    """Give the row of Rules that holds for a kind: its own, else the one for every kind, else the rule's default."""
    rows = {row.kind: row for row in rows_of(data, rule)}
    return rows.get(kind) or rows[""]


def rows_of(data: RotaInput, rule: RuleId) -> list[Rule]:
    """Rows of a rule, its default where it has none for every kind, as they hold: where a rota is mended, what is to keep it as it was is High."""
    rows = [row for row in data.rules if row.rule == rule]
    if not any(row.kind == "" for row in rows):
        rows.append(next(row for row in DEFAULT_RULES if row.rule == rule))
    if data.settings.mends and rule in KEPT and (data.settings.keeps == "published" or rule == "K1"):
        rows = [row.model_copy(update={"on": True, "priority": "High", "weight": KEPT[rule]}) for row in rows]
    return sorted(rows, key=lambda row: row.kind)


def rules_on(data: RotaInput) -> tuple[Rule, ...]:
    """Rows of Rules that are on, defaults counted, in the order of the page: each is a term of its level."""
    return tuple(row for default in DEFAULT_RULES for row in rows_of(data, default.rule) if row.on)


def number(data: RotaInput, rule: RuleId) -> int | None:
    """Give the number of a rule; where Rules leaves it blank that of the default, None where it has none."""
    row, default = rule_for(data, rule), next(row for row in DEFAULT_RULES if row.rule == rule)
    return default.number if row.number is None else row.number


def turns(data: RotaInput) -> tuple[Turn, ...]:
    """Turns of duty of the week: each open day's opening hours, cut from opening; the last may be shorter."""
    shut = closed_days(data)
    hours = {row.weekday: Span(minutes_of(row.opens), minutes_of(row.closes)) for row in data.opening_hours}
    step = data.settings.duty_minutes
    found = []
    for day, weekday in week_days(data).items():
        if day in shut or weekday not in hours:
            continue
        edges = [*range(hours[weekday].start, hours[weekday].end, step), hours[weekday].end]
        found += [Turn(day, Span(start, end)) for start, end in pairwise(edges)]
    return tuple(found)


def turns_past(data: RotaInput, work: Mapping[str, tuple[Stretch, ...]]) -> dict[Turn, tuple[str, ...]]:
    """Turns of duty before the day from which a rota is mended, and who took each (S8): as Last duty says, of those who could."""
    settings, most = data.settings, number(data, "D1") or 0
    if not (settings.mends and rule_for(data, "D1").on):
        return {}
    days, able = week_days(data), {person.staff for person in data.staff if person.experienced}
    had: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in data.last_duty:
        if row.staff in able:
            had[row.weekday, row.start].append(row.staff)
    return {
        turn: tuple(
            v for v in had[days[turn.date], time_of(turn.span.start)] if any(s.date == turn.date and s.free(turn.span) for s in work[v])
        )[:most]
        for turn in turns(data) if turn.date < settings.mended_from
    }  # fmt: skip


def met_before(data: RotaInput, needs: Iterable[Due]) -> tuple[Due, ...]:
    """Needs that were met before the day from which a rota is mended, as Last rota says (L1)."""
    if not data.settings.mends:
        return ()
    day = {weekday: day for day, weekday in week_days(data).items()}
    was = {
        (row.staff, row.kind, "owed" if row.owed else "group" if row.group else "individual")
        for row in data.last_rota if row.staff and day[row.weekday] < data.settings.mended_from
    }  # fmt: skip
    return tuple(
        need
        for need in needs
        if any((need.staff, need.kind, form) in was for form in (("individual", "group") if need.form == "either" else (need.form,)))
    )


def supervisors(data: RotaInput, work: Mapping[str, tuple[Stretch, ...]]) -> tuple[str, ...]:
    """Staff among whom supervision is shared (F1): competent in a kind given by a supervisor, and at work in the week."""
    given = {kind.kind for kind in data.kinds if kind.given_by == "supervisor"}
    able = {row.staff for row in data.competences if row.kind in given}
    return tuple(p.staff for p in data.staff if p.staff in able and any(s.minutes > 0 for s in work[p.staff]))


def shares(data: RotaInput, work: Mapping[str, tuple[Stretch, ...]], needs: Iterable[Due]) -> dict[str, int]:
    """Each supervisor's share of the supervision to be given this week, in minutes in proportion to minutes at work, rounded up.

    To be given: the minutes of every need that may be met individually, and of every group that somebody's need could be met in,
    of the kinds given by a supervisor.
    """
    kinds: dict[str, Kind] = {kind.kind: kind for kind in data.kinds if kind.given_by == "supervisor"}
    wanted = [need for need in needs if need.kind in kinds]
    grouped = {need.kind for need in wanted if need.form in ("group", "either")}
    total = sum(need.minutes for need in wanted if need.form != "group") + sum(g.minutes for g in data.groups if g.kind in grouped)
    return _shares(total, {v: sum(s.minutes for s in work[v]) for v in supervisors(data, work)})


def duty_shares(data: RotaInput, work: Mapping[str, tuple[Stretch, ...]]) -> dict[str, int]:
    """Each experienced person's share of the turns of duty, in proportion to minutes at work, rounded up."""
    people = {p.staff: sum(s.minutes for s in work[p.staff]) for p in data.staff if p.experienced}
    wanted = (number(data, "D1") or 0) * len(turns(data))
    return _shares(wanted, {v: minutes for v, minutes in people.items() if minutes})


def fair_minutes(data: RotaInput, work: Mapping[str, tuple[Stretch, ...]], needs: Iterable[Due]) -> dict[str, int]:
    """Each supervisor's share of the week, less what they carry from the weeks before, not below nothing (F1)."""
    carry = carried(data)
    return {v: max(0, share - carry.get(v, 0)) for v, share in shares(data, work, needs).items()}


def fair_turns(data: RotaInput, work: Mapping[str, tuple[Stretch, ...]]) -> dict[str, int]:
    """Each experienced person's share of duty in the week, less what they carry from the weeks before, not below nothing (D2)."""
    above: dict[str, int] = defaultdict(int)
    for row in _remembered(data):
        above[row.staff] += row.duty_turns - row.fair_duty_turns
    return {v: max(0, share - above[v] // MADE_GOOD) for v, share in duty_shares(data, work).items()}


def carried(data: RotaInput) -> dict[str, int]:
    """Minutes, in whole half-hours, by which each supervisor's share is smaller this week for what they gave beyond it before; below 0: larger.

    What was given beyond the shares of the eleven weeks before is made good over four weeks, so that a quarter of it counts now.
    """
    above: dict[str, int] = defaultdict(int)
    for row in _remembered(data):
        above[row.staff] += row.minutes - row.fair_minutes
    return {staff: HALF_HOUR * (minutes // (MADE_GOOD * HALF_HOUR)) for staff, minutes in above.items()}


def had_of_late(data: RotaInput) -> dict[str, int]:
    """Early and late sessions that each person had in the eleven weeks before, as somebody in full time would have had them, rounded up (W4)."""
    full, hours = data.settings.full_time_hours, {person.staff: person.hours for person in data.staff}
    found: dict[str, int] = defaultdict(int)
    for row in _remembered(data):
        found[row.staff] += row.early_or_late
    return {staff: math.ceil(round(had * full / hours[staff], 6)) if hours[staff] else had for staff, had in found.items()}


def early_or_late(data: RotaInput, span: Span) -> bool:
    """Whether a session then is early or late (W4)."""
    settings = data.settings
    early = bool(settings.early_before) and span.start < minutes_of(settings.early_before)
    return early or (bool(settings.late_after) and span.end > minutes_of(settings.late_after))


def _remembered(data: RotaInput) -> list[History]:
    """Rows of History that count this week."""
    monday = date.fromisoformat(data.settings.week_commencing)
    first = (monday - timedelta(weeks=REMEMBERED)).isoformat()
    return [row for row in data.history if first <= row.week < data.settings.week_commencing]


def _shares(total: int, parts: Mapping[str, int]) -> dict[str, int]:
    whole = sum(parts.values())
    return {name: -(-total * part // whole) for name, part in parts.items()}


def on_day(day: str, row_day: str) -> bool:
    """Whether a date is the day a lock means: any day (blank), that date, or that weekday."""
    return row_day in ("", day, WEEKDAYS[date.fromisoformat(day).weekday()])


def clock(span: Span) -> str:
    """Span as text: ``09:00-10:00``."""
    return f"{time_of(span.start)}-{time_of(span.end)}"
