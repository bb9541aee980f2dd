"""The week from every side: by day, on duty, by supervisor, by clinician, by room; and what changed since the last rota."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from optimiser.page import Table
from optimiser.rota.data import WEEKDAYS, minutes_of
from optimiser.rota.sections.names import times
from optimiser.rota.week import number, rule_for, turns
from optimiser.words import NOTHING, capital, day_words, named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimiser.rota.sections.view import Held, View

NOT_IN = "not in"
NOBODY = "nobody"


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
