"""Chapter "Rules that always hold" of the page, as far as they say when: starts that everybody in a session can make. Bit sets of slots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rota.facts import FIRST, LAST, Facts, eroded, unit_of
from optimiser.rota import week
from optimiser.rota.data import minutes_of
from optimiser.rota.week import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from optimiser.rota.data import Room, RotaInput


def s2_working_time(facts: Facts, staff: str, minutes: int, site: str | None = None) -> int:
    """Starts at which a person is free for so many minutes within one stretch, anywhere or at a site."""
    key = (staff, minutes, site)
    if key not in facts.starts:
        found = 0
        for stretch in facts.work[staff]:
            if site in (None, stretch.site):
                free = facts.span(stretch.date, stretch.span)
                for bar in stretch.barred:
                    free &= ~facts.span(stretch.date, bar)
                found |= eroded(free, facts.length(minutes))
        facts.starts[key] = found
    return facts.starts[key]


def s3_grid(facts: Facts) -> int:
    """Slots at which a session may start."""
    step = facts.data.settings.grid
    return sum(1 << facts.slot(day, minute) for day in facts.days for minute in range(FIRST, LAST, facts.unit) if minute % step == 0)


def r1_room_open(facts: Facts, site: str, people: int, minutes: int) -> int:
    """Starts at which some room of a site is open long enough and holds so many people, other sessions apart."""
    found = 0
    for room in facts.data.rooms:
        if room.site == site and room.capacity >= people:
            hours = Span(minutes_of(room.opens) if room.opens else FIRST, minutes_of(room.closes) if room.closes else LAST)
            for day in facts.days:
                if there_on(room, day):
                    found |= eroded(facts.span(day, hours), facts.length(minutes))
    return found


def there_on(room: Room, day: str) -> bool:
    """Whether a room can be used on a day at all."""
    return not room.ends or day <= room.ends


def r2_sites(facts: Facts, staff: Iterable[str]) -> tuple[str, ...]:
    """Sites with rooms at which all of these people are at some time, in the order of Sites."""
    there = [{stretch.site for stretch in facts.work[i]} for i in staff]
    with_rooms = {room.site for room in facts.data.rooms}
    return tuple(s.site for s in facts.data.sites if s.site in with_rooms and all(s.site in sites for sites in there))


def together(facts: Facts, staff: Iterable[str], mode: str, minutes: int, people: int) -> dict[str, int]:
    """Starts at which these people can meet, by site; by the blank site alone where no room is needed."""
    staff = tuple(staff)
    found = {}
    for site in r2_sites(facts, staff) if mode == "room" else ("",):
        starts = facts.grid
        for person in staff:
            starts &= s2_working_time(facts, person, minutes, site if mode == "room" else None)
        if mode == "room":
            starts &= r1_room_open(facts, site, people, minutes)
        if starts:
            found[site] = starts
    return found


def lunches(facts: Facts) -> Iterator[tuple[str, str, int, int]]:
    """Person, date, length in slots and starts of a lunch that could be had if there were no rota; only where B1 speaks."""
    number = facts.number("B1")
    if not facts.rule("B1").on or not number:
        return
    window = Span(minutes_of(facts.data.settings.lunch_from), minutes_of(facts.data.settings.lunch_to))
    length = facts.length(number)
    for person in facts.data.staff:
        for day in facts.days:
            there = [s for s in facts.work[person.staff] if s.date == day]
            if not there or there[0].span.start >= window.start or there[-1].span.end <= window.end:
                continue
            free = facts.span(day, window)
            for bar in (bar for stretch in there for bar in stretch.barred):
                free &= ~facts.span(day, bar)
            starts = eroded(free, length)
            if starts:
                yield person.staff, day, length, starts


def gather(data: RotaInput) -> Facts:
    """Work out the facts of an input."""
    work = week.at_work(data)
    needs = week.due(data, work)
    turns = week.turns(data) if week.rule_for(data, "D1").on else ()
    dates = {s.date for stretches in work.values() for s in stretches} | {turn.date for turn in turns}
    days = tuple(day for day in week.week_days(data) if day in dates)
    facts = Facts(data, work, needs, turns, unit_of(data, work, needs, turns), days)
    facts.grid = s3_grid(facts)
    facts.lunches = tuple(lunches(facts))
    return facts
