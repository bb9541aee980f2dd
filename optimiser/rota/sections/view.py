"""A rota beside its input, and what both say together; what differs from the last rota."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from optimiser.rota.data import WEEKDAYS, SupervisorLoad, minutes_of, session_id
from optimiser.rota.sections.names import Names, times
from optimiser.rota.week import Span, at_work, closed_days, due, fair_minutes, fair_turns, supervisors, week_days
from optimiser.words import day_words, listing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optimiser.rota.data import Bent, NotPlaced, RotaAnswer, RotaInput, Session
    from optimiser.rota.week import Due, Stretch

OTHERS = "other sessions and rules"
"""Why something changed that could have stayed as it was."""


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


# --- what differs from the last rota ----------------------------------------------------------------------------------


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
