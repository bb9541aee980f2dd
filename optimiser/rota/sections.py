"""Parts of the page of a rota: the week from every side, changes, rules, fairness, what is not placed. Every cell is text already."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from optimiser.page import Chart, Table
from optimiser.rota.data import DEFAULT_RULES, LEVELS, WEEKDAYS, SupervisorLoad, minutes_of, session_id, time_of
from optimiser.rota.dots import dots
from optimiser.rota.week import Span, at_work, closed_days, due, fair_minutes, fair_turns, number, rows_of, rule_for, supervisors, turns, week_days
from optimiser.words import NOTHING, capital, count, listing, named, percent
from optimiser.words import number as figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from optimiser.rota.data import Bent, NotPlaced, RotaAnswer, RotaInput, Rule, Session
    from optimiser.rota.week import Due, Stretch

NOT_IN = "not in"
NOBODY = "nobody"
OTHERS = "other sessions and rules"
"""Why something changed that could have stayed as it was."""

MOST_DOTS = 24
"""Supervisors in the dot chart; where there are more, the most and the least loaded."""

_UNITS = {
    "N2": ("week owed", "weeks owed"),
    "C1": ("person above", "people above"),
    "C2": ("trainee above", "trainees above"),
    "C3": ("half-hour above", "half-hours above"),
    "D1": ("person short", "people short"),
    "W3": ("day above one", "days above one"),
    "W4": ("early or late session, those of late counted", "early or late sessions, those of late counted"),
}
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


_PLAIN_WORD = re.compile(r"[A-Za-z]?[a-z]*|\d{1,4}")
"""Ids that a sentence may hold by chance: single letters, words with no more than a first capital, days, minutes and years."""
_FORMS = {"either": "individual or group"}
_NOT_PEOPLE = (*(row.rule for row in DEFAULT_RULES), *(row.sentence for row in DEFAULT_RULES))

# --- who, what, when --------------------------------------------------------------------------------------------------


class Names:
    """What people and things are called where they are printed: by name where the input has one, else by id."""

    def __init__(self, data: RotaInput) -> None:
        self._names = {row.staff: row.name for row in data.names if row.name}
        self._twice = {name for name, times in Counter(self._names.values()).items() if times > 1}
        self._kinds = {row.kind: row.name or row.kind for row in data.kinds}
        self._sites = {row.site: row.name or row.site for row in data.sites}
        self._week = data.settings.week_commencing
        missed = sorted(((row.staff, row.kind, row.missed) for row in data.owed if row.minutes and row.missed < self._week), reverse=True)
        self._owed = {session_id(staff, kind, self._week, owed=True): monday for staff, kind, monday in missed}  # the one missed first stays
        labels = [*self._kinds, *self._kinds.values(), *self._sites, *self._sites.values(), *_NOT_PEOPLE]
        labels += [*(g.group for g in data.groups), *(r.room for r in data.rooms), *(k.lock for k in data.locks), *(r.sentence for r in data.rules)]
        self._people_in_text = _ids([staff for staff in self._names if not _PLAIN_WORD.fullmatch(staff)], "\n".join(labels))

    def person(self, staff: str) -> str:
        """Name; with the id where two share it, the id alone where none is known."""
        name = self._names.get(staff, staff)
        return f"{name} ({staff})" if name in self._twice else name

    def full(self, staff: str) -> str:
        """Name and id, to head a row."""
        return f"{self._names[staff]} ({staff})" if staff in self._names else staff

    def initials(self, staff: str) -> str:
        """Initials of the name; the id where no name is known."""
        return "".join(word[0].upper() for word in self._names.get(staff, "").split()) or staff

    def text(self, text: str) -> str:
        """Sentence with names for ids, whole words only; an id that may be read as something else (a rule, a room, a word) stays."""
        return self._people_in_text.sub(lambda match: self.person(match[0]), text) if self._people_in_text else text

    def kind(self, kind: str) -> str:
        """Name of a kind of supervision."""
        return self._kinds.get(kind, kind)

    def kind_of(self, session: Session) -> str:
        """Kind of a session, and from which week it is owed where it is."""
        return self.kind(session.kind) + (f", {self._owed_words(session.session)}" if session.form == "owed" else "")

    def form(self, staff: str, kind: str, form: str) -> str:
        """Form of somebody's need in words: individual or group; owed from the week of 30 November."""
        return self._owed_words(session_id(staff, kind, self._week, owed=True)) if form == "owed" else _FORMS.get(form, form)

    def lacking(self, row: NotPlaced) -> str:
        """Kind of a need that is not met, and from which week it is owed where it is."""
        return self.kind(row.kind) + (f", {self.form(row.staff, row.kind, row.form)}" if row.form == "owed" else "")

    def _owed_words(self, session: str) -> str:
        missed = self._owed.get(session)
        return f"owed from the week of {day_words(missed).split(' ', 1)[1]}" if missed else "owed"

    def site(self, site: str) -> str:
        """Name of a site."""
        return self._sites.get(site, site)

    def what(self, session: Session) -> str:
        """Kind of a session and, where it has one, its group."""
        return self.kind_of(session) + (f", group {session.group}" if session.group else "")

    def place(self, session: Session) -> str:
        """Room and site, or online."""
        return f"Room {session.room}, {self.site(session.site)}" if session.mode == "room" else "Online"


def _whole(staff: Iterable[str]) -> re.Pattern[str]:
    """Pattern of these ids as whole words, the longest first."""
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(staff, key=len, reverse=True)))})(?![\w-])")


def _ids(staff: Iterable[str], labels: str) -> re.Pattern[str] | None:
    """Pattern of the ids that no label holds as a word; None where there is none."""
    clear = [name for name in staff if not _whole([name]).search(labels)]
    return _whole(clear) if clear else None


class Held(NamedTuple):
    """A session and the people supervised in it."""

    session: Session
    people: tuple[str, ...]

    @property
    def start(self) -> int:
        """Minutes since midnight."""
        return minutes_of(self.session.start)

    @property
    def times(self) -> str:
        """When it is held, without the day."""
        return times(self.start, self.start + self.session.minutes)


class OnDuty(NamedTuple):
    """Turns of duty of one person that follow one another; ``order`` counts them through the week, from 1."""

    staff: str
    order: int
    date: str
    start: int
    end: int


class Change(NamedTuple):
    """A session, somebody's place in a group, or a turn of duty that differs from the last rota; and why, where that follows from hours at work."""

    what: str
    before: str
    now: str
    why: str


def times(start: int, end: int) -> str:
    """Span of a day: 09:00–10:00."""
    return f"{time_of(start)}\N{EN DASH}{time_of(end)}"


def day_words(day: str) -> str:
    """Date in words: Monday 7 December."""
    when = date.fromisoformat(day)
    return f"{WEEKDAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]}"


def hours(minutes: float) -> str:
    """Minutes as hours, with no more decimals than they need."""
    value = minutes / 60
    return figure(value, next(p for p in range(3) if p == 2 or abs(value - round(value, p)) < 1e-9))


@dataclass(frozen=True)
class View:
    """A rota beside its input, and what both say together: what the page, the calendars and the workbook are written from."""

    data: RotaInput
    answer: RotaAnswer

    @cached_property
    def names(self) -> Names:
        """What everything is called."""
        return Names(self.data)

    @cached_property
    def held(self) -> tuple[Held, ...]:
        """Sessions by day and time."""
        people: dict[str, list[str]] = defaultdict(list)
        for row in self.answer.attendance:
            people[row.session].append(row.staff)
        order = sorted(self.answer.sessions, key=lambda s: (s.date, s.start, s.kind, s.session))
        return tuple(Held(s, tuple(people[s.session])) for s in order)

    @cached_property
    def by_id(self) -> dict[str, Held]:
        """Sessions by their id."""
        return {h.session.session: h for h in self.held}

    @cached_property
    def on_duty(self) -> tuple[OnDuty, ...]:
        """Time on duty by person and day, turns that follow one another as one."""
        found: list[OnDuty] = []
        for row in sorted(self.answer.duty, key=lambda r: (r.staff, r.date, r.start)):
            start = minutes_of(row.start)
            end, last = start + row.minutes, found[-1] if found else None
            if last and (last.staff, last.date, last.end) == (row.staff, row.date, start):
                found[-1] = last._replace(end=end)
            else:
                found.append(OnDuty(row.staff, last.order + 1 if last and last.staff == row.staff else 1, row.date, start, end))
        return tuple(found)

    @cached_property
    def work(self) -> dict[str, tuple[Stretch, ...]]:
        """Everybody's stretches at work."""
        return at_work(self.data)

    @cached_property
    def needs(self) -> tuple[Due, ...]:
        """Needs that fall due."""
        return due(self.data, self.work)

    @cached_property
    def pool(self) -> frozenset[str]:
        """Supervisors among whom supervision is shared."""
        return frozenset(supervisors(self.data, self.work))

    @cached_property
    def load(self) -> tuple[SupervisorLoad, ...]:
        """Loads of whoever gives, shares or is on duty, with rows for supervisors who give nothing."""
        told = {row.staff for row in self.answer.load}
        fair, fair_duty = fair_minutes(self.data, self.work, self.needs), fair_turns(self.data, self.work)
        idle = tuple(
            SupervisorLoad(
                staff=v, sessions=0, minutes=0, fair_minutes=fair[v], at_work_minutes=sum(s.minutes for s in self.work[v]),
                people=0, trainees=0, days=0, duty_turns=0, fair_duty_turns=fair_duty.get(v, 0),
            )
            for v in sorted(self.pool - told)
        )  # fmt: skip
        # Others have a row for the early and late sessions they are in.
        loaded = (r for r in self.answer.load if r.staff in self.pool or r.sessions or r.duty_turns or r.fair_duty_turns)
        return (*loaded, *idle)

    @cached_property
    def closed(self) -> dict[str, str]:
        """Days of the week on which the service is closed, and why."""
        return closed_days(self.data)

    @cached_property
    def days(self) -> tuple[str, ...]:
        """Days that are shown: those on which somebody is at work or something is held, and weekdays that are closed."""
        busy = {s.date for stretches in self.work.values() for s in stretches}
        busy |= {h.session.date for h in self.held} | {d.date for d in self.on_duty}
        return tuple(day for day, name in week_days(self.data).items() if day in busy or (day in self.closed and WEEKDAYS.index(name) < 5))

    @cached_property
    def missing(self) -> tuple[NotPlaced, ...]:
        """Needs that fall due and are not met: those only brought forward may wait."""
        early = {(need.staff, need.kind, need.form) for need in self.needs if need.early}
        return tuple(row for row in self.answer.not_placed if (row.staff, row.kind, row.form) not in early)

    @cached_property
    def short(self) -> frozenset[str]:
        """People who have a need that falls due and is not met."""
        return frozenset(row.staff for row in self.missing)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Where sessions differ from last week's rota, and who moves from one group to another."""
        return tuple(_changes(self))

    @property
    def musts_bent(self) -> tuple[Bent, ...]:
        """Places where a must is bent, needs that are not met apart: those are told on their own."""
        return tuple(row for row in self.answer.bent if row.priority == "Must" and row.rule not in ("N1", "N2"))

    @property
    def musts_kept(self) -> bool:
        """Whether every must is met, the needs that fall due among them."""
        return not any(row.priority == "Must" for row in self.answer.bent)

    def heading(self, day: str) -> str:
        """Day in words, and whether it is closed."""
        return day_words(day) + (" (closed)" if day in self.closed else "")


def _changes(view: View) -> Iterable[Change]:
    names = view.names

    def told(weekday: str, start: str, supervisor: str) -> str:
        return f"{weekday} {start}" + (f" with {names.person(supervisor)}" if supervisor else "")

    week = view.data.settings.week_commencing
    for last in view.data.last_rota:
        if last.staff and last.group:
            now = next((h for h in view.held if last.staff in h.people and h.session.group and h.session.kind == last.kind), None)
            if now and now.session.group != last.group:
                what = f"{names.person(last.staff)}, {names.kind(last.kind)}"
                yield Change(what, f"Group {last.group}", f"Group {now.session.group}", OTHERS)
            continue
        now = view.by_id.get(session_id(last.staff or last.group, last.kind, week, owed=last.owed))
        if now is None or (now.session.form == "group") != bool(last.group):
            continue
        weekday = WEEKDAYS[date.fromisoformat(now.session.date).weekday()]
        if (weekday, now.session.start, now.session.supervisor) != (last.weekday, last.start, last.supervisor):
            what = names.what(now.session) if last.group else f"{names.person(last.staff)}, {names.kind_of(now.session)}"
            gone = _gone(view, [last.supervisor, *now.people], last.weekday, last.start, now.session.minutes)
            before, after = told(last.weekday, last.start, last.supervisor), told(weekday, now.session.start, now.session.supervisor)
            yield Change(what, before, after, gone or OTHERS)
    yield from _changes_of_duty(view)


def _changes_of_duty(view: View) -> Iterable[Change]:
    """Turns of duty that somebody else has than last."""
    before: dict[tuple[str, str], list[str]] = defaultdict(list)
    for last in view.data.last_duty:
        before[last.weekday, last.start].append(last.staff)
    now: dict[tuple[str, str], list[str]] = defaultdict(list)
    for turn in view.answer.duty:
        now[WEEKDAYS[date.fromisoformat(turn.date).weekday()], turn.start].append(turn.staff)
    for (weekday, start), people in now.items():
        if before[weekday, start] and set(before[weekday, start]) != set(people):
            was, is_now = (listing([view.names.person(p) for p in sorted(who)]) for who in (before[weekday, start], people))
            minutes = view.data.settings.duty_minutes
            yield Change(f"Duty, {weekday} {start}", was, is_now, _gone(view, before[weekday, start], weekday, start, minutes) or OTHERS)


def _gone(view: View, people: Iterable[str], weekday: str, start: str, minutes: int) -> str:
    """Who of these people is not free at work at a time of the week, in words; blank where all are."""
    day = next(day for day, name in week_days(view.data).items() if name == weekday)
    span = Span(minutes_of(start), minutes_of(start) + minutes)
    away = [p for p in people if p and not any(s.date == day and s.free(span) for s in view.work.get(p, ()))]
    return f"{listing([view.names.person(p) for p in away])} {'is' if len(away) == 1 else 'are'} not free at work then" if away else ""


# --- what is not placed -----------------------------------------------------------------------------------------------


def not_placed_table(view: View) -> Table:
    """What is not placed, why, and what would help; what is longest overdue first."""
    needs = {(n.staff, n.kind, n.form): n for n in view.needs}
    rows = []
    for row in view.answer.not_placed:
        need = needs.get((row.staff, row.kind, row.form))
        late = (need.since or 0 if need.form == "owed" else need.overdue) if need else 0
        form = view.names.form(row.staff, row.kind, row.form)
        because, helps = view.names.text(row.because), view.names.text(row.help)
        what = f"{view.names.kind(row.kind)}, {form}" + (f", {need.minutes} minutes" if need else "")
        when = named(late, "week") if late else "not due yet" if need and need.early else "now due"
        rows.append((-late, (view.names.full(row.staff), what, when, capital(row.cause), because, helps)))
    heads = ("Who", "What", "Overdue by", "Nearest cause", "Because", "What would help")
    ordered = tuple(cells for _, cells in sorted(rows, key=lambda r: r[0]))
    return Table("not-placed", "Supervision that falls due and is not placed", heads, ordered, "hlllll")


def musts_table(view: View) -> Table:
    """Musts that are bent, needs that are not met apart; the hours of a day in one row."""
    places: dict[tuple[str, ...], list[Bent]] = defaultdict(list)
    for row in view.musts_bent:
        places[row.rule, row.staff, row.session, row.item, row.date].append(row)
    return Table("musts", "Musts that are bent", _BENT_HEADS, tuple(_bent_row(view, *rows) for rows in places.values()), "hlllll")


# --- the week ---------------------------------------------------------------------------------------------------------


def day_table(view: View, day: str) -> Table:
    """Sessions of a day, in order of time."""
    rows = tuple(
        (
            h.times,
            view.names.what(h.session),
            view.names.person(h.session.supervisor) if h.session.supervisor else NOTHING,
            ", ".join(map(view.names.person, h.people)),
            view.names.place(h.session),
        )
        for h in view.held
        if h.session.date == day
    )
    caption = capital(f"{named(len(rows), 'session')} on {WEEKDAYS[date.fromisoformat(day).weekday()]}")
    return Table(f"day-{day}", caption, ("Time", "What", "Supervisor", "For", "Where"), rows, "hllll")


def duty_table(view: View) -> Table:
    """Who is on duty: a row for each time, a column for each day."""
    wanted = number(view.data, "D1") or 0
    there: dict[tuple[str, int], list[str]] = defaultdict(list)
    for row in view.answer.duty:
        there[row.date, minutes_of(row.start)].append(view.names.person(row.staff))
    open_turns = {(t.date, t.span.start): t for t in turns(view.data)} if rule_for(view.data, "D1").on else {}
    days = [day for day in view.days if day not in view.closed]

    def cell(day: str, start: int) -> str:
        if (day, start) not in open_turns:
            return NOTHING
        people = there[day, start]
        missing = wanted - len(people)
        return "\n".join([*(people or [NOBODY]), *([f"short by {missing}"] if people and missing > 0 else [])])

    spans = sorted({t.span for t in open_turns.values()})
    starts = {span.start: span for span in spans}
    rows = tuple((times(*span), *(cell(day, start) for day in days)) for start, span in starts.items())
    return Table("duty", "Who is free to be consulted", ("Time", *map(day_words, days)), rows, "h" + "l" * len(days))


def supervisor_table(view: View) -> Table:
    """A row for each person who gives supervision or is on duty, a column for each day."""
    cells: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for h in view.held:
        if h.session.supervisor:
            who = h.session.group or ", ".join(map(view.names.person, h.people))
            cells[h.session.supervisor, h.session.date].append((h.start, f"{h.times} {view.names.kind_of(h.session)}: {who}{_at(view, h)}"))
    for d in view.on_duty:
        cells[d.staff, d.date].append((d.start, f"{times(d.start, d.end)} on duty"))
    givers = {staff for staff, _ in cells} | {row.staff for row in view.load}
    return _by_person(view, "supervisors", "The week of each supervisor: sessions given, and duty", givers, cells)


def clinician_table(view: View) -> Table:
    """A row for each person who is to be supervised this week, a column for each day, and one for what is not placed where anything is not."""
    cells: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for h in view.held:
        with_whom = f" with {view.names.person(h.session.supervisor)}" if h.session.supervisor else ""
        for person in h.people:
            cells[person, h.session.date].append((h.start, f"{h.times} {view.names.what(h.session)}{with_whom}{_at(view, h)}"))
    people = {staff for staff, _ in cells} | {n.staff for n in view.needs}
    table = _by_person(view, "clinicians", "The week of each clinician: supervision received", people, cells)
    if not view.short:
        return table
    missing: dict[str, list[str]] = defaultdict(list)
    for row in view.answer.not_placed:
        missing[view.names.full(row.staff)].append(view.names.lacking(row))
    rows = tuple((*cells, "\n".join(missing[cells[0]])) for cells in table.rows)
    return replace(table, heads=(*table.heads, "Not placed"), rows=rows, align=table.align + "l")


def _at(view: View, held: Held) -> str:
    return f" ({held.session.room}, {view.names.site(held.session.site)})" if held.session.mode == "room" else " (online)"


def _by_person(view: View, key: str, caption: str, people: set[str], cells: Mapping[tuple[str, str], list[tuple[int, str]]]) -> Table:
    rows = []
    for staff in sorted(people, key=lambda one: (view.names.full(one).casefold(), one)):
        there = {stretch.date for stretch in view.work[staff]}
        texts = []
        for day in view.days:
            placed = sorted(cells.get((staff, day), ()))
            texts.append("\n".join(text for _, text in placed) or (NOTHING if day in there else NOT_IN))
        rows.append((view.names.full(staff), *texts))
    note = f"In the order of the alphabet. {NOTHING} means at work with nothing placed."
    return Table(key, caption, ("Who", *map(view.heading, view.days)), tuple(rows), "h" + "l" * len(view.days), note=note)


def room_table(view: View) -> Table:
    """A row for each room, a column for each day."""
    cells: dict[tuple[str, str], list[str]] = defaultdict(list)
    for h in view.held:
        if h.session.mode == "room":
            who = [h.session.group] if h.session.group else list(map(view.names.person, h.people))
            supervisor = [view.names.person(h.session.supervisor)] if h.session.supervisor else []
            cells[h.session.room, h.session.date].append(f"{h.times} {', '.join([*supervisor, *who])}")
    rows = [(f"{r.room}, {view.names.site(r.site)}", *("\n".join(cells[r.room, day]) or NOTHING for day in view.days)) for r in view.data.rooms]
    heads = ("Room", *map(view.heading, view.days))
    return Table("rooms", "The week of each room", heads, tuple(rows), "h" + "l" * len(view.days), note=f"{NOTHING} means free all day.")


def changes_table(view: View) -> Table:
    """What differs from the last rota."""
    return Table("changes", "What was, and what is now", ("What", "Before", "Now", "Why"), tuple(view.changes), "hlll")


# --- rules ------------------------------------------------------------------------------------------------------------


def _all_rules(data: RotaInput) -> Iterable[tuple[Rule, Rule]]:
    """Every row of Rules, on or off, with the default of its rule; the default itself where the rule has no row for every kind."""
    for default in DEFAULT_RULES:
        yield from ((row, default) for row in rows_of(data, default.rule))


def rules_table(view: View) -> Table:
    """Every rule with its priority, whether it is kept or how often it is bent, by whom, and what that costs."""
    kinds = {key: h.session.kind for key, h in view.by_id.items()}
    with_own = {(row.rule, row.kind) for row in view.data.rules if row.kind}
    bent: dict[tuple[str, str], list[Bent]] = defaultdict(list)
    for place in view.answer.bent:
        kind = place.item.rsplit(" ", 1)[0] if place.rule in _OF_NEEDS else kinds.get(place.session, "")
        bent[place.rule, kind if (place.rule, kind) in with_own else ""].append(place)
    rows = []
    for row, default in _all_rules(view.data):
        places = bent[row.rule, row.kind]
        people = list(dict.fromkeys(view.names.person(p.staff) for p in places if p.staff))
        state = "off" if not row.on else "kept" if not places else f"bent {named(len(places), 'time')}"
        limit = default.number if row.number is None else row.number
        name = f"{row.rule}, {view.names.kind(row.kind)}" if row.kind else row.rule
        points = count(sum(p.points for p in places)) if row.on else NOTHING
        what = row.sentence or default.sentence
        rows.append((name, what, NOTHING if limit is None else count(limit), row.priority, state, points, listing(people, most=4) or NOTHING))
    heads = ("Rule", "What it says", "Number", "Priority", "This week", "Points", "By whom")
    return Table("rules", "Every rule, kept or bent", heads, tuple(rows), "hlrllrl")


_TITLES = {
    "N1": "Needs met", "N2": "Owed", "N3": "No long gap", "N4": "Brought forward",
    "C1": "Most people", "C2": "Most trainees", "C3": "Most hours", "P1": "Line manager", "P2": "Never paired",
    "P3": "Named supervisor", "P4": "Preferred supervisor", "L1": "Must", "L2": "Never", "L3": "Prefer", "D1": "Duty covered", "D2": "Fair duty",
    "B1": "Lunch", "B2": "Breaks", "T1": "Travel", "K1": "Keep pairs", "K2": "Keep times", "K3": "Keep duty", "F1": "Fair load",
    "W1": "Avoid", "W2": "Prefer", "W3": "Compact", "W4": "Early and late",
}  # fmt: skip
"""Rules in a word or two, as on the page of the model: enough where the sentence stands nearby."""
_OF_NEEDS = ("N1", "N2", "N3", "N4")
"""Rules whose item is the kind and form of a need."""
_BENT_HEADS = ("Rule", "Priority", "Who", "What", "When", "By how much")


def bent_table(view: View) -> Table:
    """Every place where a rule is bent, the most important first."""
    order = {r.rule: i for i, r in enumerate(DEFAULT_RULES)}
    places = sorted(view.answer.bent, key=lambda b: (LEVELS.index(b.priority), order[b.rule], b.date, b.start, b.staff, b.session, b.item))
    rows = tuple((f"{b.rule}: {_TITLES[b.rule]}", *_bent_row(view, b)[1:]) for b in places)
    return Table("bent", "Every place where a rule is bent", _BENT_HEADS, rows, "hlllll")


def _bent_row(view: View, b: Bent, *others: Bent) -> tuple[str, ...]:
    """Row for a place where a rule is bent, and for others that differ from it only in their start."""
    held = view.by_id.get(b.session)
    rule = rule_for(view.data, b.rule)
    sentence = rule.sentence or next(r.sentence for r in DEFAULT_RULES if r.rule == b.rule)
    what = view.names.what(held.session) if held else ""
    if held and b.staff not in held.people and not held.session.group:
        what += f": {listing([view.names.person(p) for p in held.people])}"
    if b.rule in _OF_NEEDS or (b.rule == "L1" and not held):  # without a session L1 speaks of a need that was met on a day that is past
        kind, _, form = b.item.rpartition(" ")
        what = f"{view.names.kind(kind)}, {view.names.form(b.staff, kind, form)}"
    elif b.item:
        what = f"{what}, lock {b.item}".lstrip(", ")
    if held:
        when = f"{day_words(held.session.date)} {held.times}"
    else:
        when = f"{day_words(b.date)} {', '.join(p.start for p in (b, *others))}".strip() if b.date else "The whole week"
    points, much = (sum(getattr(p, name) for p in (b, *others)) for name in ("points", "amount"))
    amount = named(much, *_UNITS[b.rule]) if b.rule in _UNITS else count(much)
    who = view.names.person(b.staff) if b.staff else NOTHING
    return (f"{b.rule}: {sentence}", b.priority, who, what or NOTHING, when, f"{amount} ({named(points, 'point')})")


def terms_table(view: View) -> Table:
    """Terms of every level and what they come to."""
    rows = []
    for level in LEVELS:
        for term in view.answer.terms:
            if term.priority == level:
                name = f"{term.rule}, {view.names.kind(term.kind)}" if term.kind else term.rule
                weight = rule_for(view.data, term.rule, term.kind).weight
                rows.append((level, name, count(term.amount), count(weight), count(term.points)))
    heads = ("Priority", "Rule", "Amount", "Weight", "Points")
    return Table("terms", "What every priority adds up to", heads, tuple(rows), "hlrrr")


# --- fairness ---------------------------------------------------------------------------------------------------------


def _by_load(view: View) -> list[SupervisorLoad]:
    """Everyone who gives supervision or is on duty and everyone who could, the heaviest loaded for their share first."""
    return sorted(view.load, key=lambda r: (-(r.minutes / r.fair_minutes if r.fair_minutes else float(r.minutes)), r.staff))


def shares(view: View) -> list[float]:
    """What each supervisor gives as a share of their time at work, the smallest first."""
    return sorted(r.minutes / r.at_work_minutes for r in view.load if r.staff in view.pool and r.at_work_minutes)


def load_table(view: View) -> Table:
    """A row for each supervisor: what they give, their share, and duty; what they carry and their early and late sessions where the input has any."""
    remembers = bool(view.data.history)
    odd = bool(view.data.settings.early_before or view.data.settings.late_after)
    rows = tuple(
        (
            view.names.full(r.staff), count(r.sessions), *([count(r.early_or_late)] if odd else []),
            hours(r.minutes), hours(r.fair_minutes), *([hours(r.carried_minutes)] if remembers else []), hours(r.at_work_minutes),
            percent(r.minutes / r.at_work_minutes, 0) if r.at_work_minutes else NOTHING,
            count(r.people), count(r.trainees), count(r.days), count(r.duty_turns), count(r.fair_duty_turns),
        )
        for r in _by_load(view)
    )  # fmt: skip
    heads = (
        "Who", "Sessions", *(["Early or late"] if odd else []), "Given", "Fair share", *(["Carried"] if remembers else []), "At work",
        "Given of work", "People", "Trainees", "Days", "Turns", "Fair share",
    )  # fmt: skip
    groups = (("", 2 + odd), ("Hours in the week", 4 + remembers), ("Supervised", 3), ("Duty", 2))
    note = "A fair share is in proportion to hours at work. Days are those on which supervision is given."
    if remembers:
        note += " Carried is what was given beyond fair shares in the weeks before, as far as it is made good now: it is taken off the fair share."
    if odd:
        note += " Early or late sessions are counted whether given or received."
    return Table("load", "What each supervisor gives, the heaviest loaded first", heads, rows, "h" + "r" * (len(heads) - 1), groups=groups, note=note)


def load_chart(view: View) -> Chart | None:
    """Hours given against fair shares; none without supervisors."""
    loads = [r for r in _by_load(view) if r.staff in view.pool]
    if not loads:
        return None
    shown = loads if len(loads) <= MOST_DOTS else [*loads[: MOST_DOTS // 2], *loads[-(MOST_DOTS // 2) :]]
    above = sum(r.minutes > r.fair_minutes for r in loads)
    title = "Supervision given against fair shares"
    sentence = f"{capital(named(above, 'supervisor'))} of {count(len(loads))} {'gives' if above == 1 else 'give'} more than a fair share."
    if len(shown) < len(loads):
        sentence += f" Shown are the {MOST_DOTS // 2} heaviest and the {MOST_DOTS // 2} lightest loaded; all are in the table below."
    rows = [(view.names.person(r.staff), r.minutes / 60, r.fair_minutes / 60) for r in shown]
    drawing = dots("load-chart", title, sentence, rows, ("Given (filled dot)", "Fair share (hollow diamond)"), unit="Hours")
    figures = tuple((view.names.full(r.staff), hours(r.minutes), hours(r.fair_minutes)) for r in shown)
    table = Table("load-chart-data", "Hours given and fair share", ("Who", "Given (hours)", "Fair share (hours)"), figures, "hrr")
    return Chart(title, sentence, drawing, table)
