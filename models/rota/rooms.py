"""Chapter "Rooms" of the page: at every site and time no more sessions than rooms that hold them. Which room is chosen afterwards."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from models.rota.facts import FIRST, LAST
from models.rota.hours import there_on
from models.rota.model import PEERS
from models.rota.people import Item, under_way
from models.rota.sessions import least, most
from optimiser.rota.data import minutes_of
from optimiser.rota.week import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from models.rota.facts import Facts
    from models.rota.model import Decisions, Key, Model, Session
    from optimiser.rota.data import Room

ROOMS_TICKS = 5.0
"""Most of the solver's ticks for the rooms of a site on a day."""


def r1_rooms(m: Model) -> None:
    """At no time more sessions at a site than rooms open, nor more sessions of more than so many people than open rooms that hold more.

    Where rooms differ that may not be enough for everyone to stay in one room; there ``r1_each_room`` writes out every room.
    """
    facts = m.facts
    wanting = [session for session in m.sessions if facts.kind[session.kind].mode == "room"]
    for site in dict.fromkeys(room.site for room in facts.data.rooms):
        there = [room for room in facts.data.rooms if room.site == site]
        for capacity in sorted({0, *(room.capacity for room in there)}):
            larger = [room for room in there if room.capacity > capacity]
            bigger = [_hours(facts, room) for room in larger]
            items = [item for session in wanting for item in _for_more_than(m, session, site, capacity)]
            edges = {facts.slot(day, edge) for span in bigger for edge in span for day in facts.days} if len(set(bigger)) > 1 else set()
            for slot, columns in under_way(items, edges):
                day, minute = facts.day_and_minute(slot)
                usable_now = (there_on(room, day) and span.start <= minute < span.end for room, span in zip(larger, bigger, strict=True))
                m.program.at_most(sum(usable_now), columns)


def _for_more_than(m: Model, session: Session, site: str, capacity: int) -> Iterator[Item]:
    """What takes a room for more than so many people: a session, or a group where it is as large as that."""
    if session.group is None:
        if capacity < 2:
            yield from (Item(s.slot, session.length, s.column) for s in session.starts if s.site == site)
        return
    for place in session.places:
        people = capacity - any(start.giver != PEERS for start in place.starts)
        if place.site == site and least(m.facts, session.group) > people:
            yield from (Item(start.slot, session.length, start.column) for start in place.starts)
        elif place.site == site and most(m.facts, session.group) > people:
            larger = m.program.column()
            seats, starts = [seat.column for seat in place.seats], [start.column for start in place.starts]
            weights = [1] * len(seats) + [-people] * len(starts) + [people - most(m.facts, session.group)]
            m.program.at_most(0, [*seats, *starts, larger], weights)
            yield Item(place.slot, session.length, larger)


def r1_each_room(m: Model, site: str, day: str) -> None:
    """Give every session at a site on a day a room of its own, with seats for everyone."""
    facts = m.facts
    rooms = [room for room in facts.data.rooms if room.site == site]
    used: dict[str, list[Item]] = defaultdict(list)
    for session in (session for session in m.sessions if facts.kind[session.kind].mode == "room"):
        for place in session.places:
            if place.site != site or not facts.day_span(day) >> place.slot & 1:
                continue
            seats: list[tuple[int, int]] = []
            for start in place.starts:
                giver = int(start.giver != PEERS)
                fewest = giver + (1 if session.group is None else least(facts, session.group))
                able = [room for room in rooms if usable(facts, room, start.slot, start.slot + session.length, fewest)]
                uses = m.program.columns(len(able))
                m.program.total(uses, start.column)
                seats += [(column, room.capacity - giver) for room, column in zip(able, uses, strict=True)]
                for room, column in zip(able, uses, strict=True):
                    used[room.room].append(Item(start.slot, session.length, column))
            taken = [seat.column for seat in place.seats]
            if taken:
                m.program.at_most(0, [*taken, *(column for column, _ in seats)], [1] * len(taken) + [-capacity for _, capacity in seats])
    for items in used.values():
        for _, columns in under_way(items):
            m.program.at_most(1, columns)


def _hours(facts: Facts, room: Room) -> Span:
    return Span(minutes_of(room.opens) if room.opens else FIRST, minutes_of(room.closes) if room.closes else LAST)


# --- which room -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Allotted:
    """Room of each session that has one, and the sessions that must have one and for which there is none."""

    rooms: Mapping[Key, str]
    roomless: frozenset[Key]


def allot(facts: Facts, now: Decisions) -> Allotted:
    """Give rooms to the sessions of a rota: to those that must have one first, then to those that may, the smallest room that will do.

    Sessions that must have one get them by hand's rule; where that fails at a site on a day, by the solver, as many as can be.
    """
    wanting: dict[tuple[str, str, bool], list[Booking]] = defaultdict(list)
    for key, held in now.sessions.items():
        kind = facts.kind[facts.needs[key].kind if isinstance(key, int) else facts.group[key].kind]
        minutes = facts.needs[key].minutes if isinstance(key, int) else facts.group[key].minutes
        people = {facts.needs[n].staff for n in held.needs} | ({held.giver} - {PEERS})
        site = _site(facts, people, held.slot)
        if kind.mode != "online" and site:
            day, _ = facts.day_and_minute(held.slot)
            wanting[site, day, kind.mode == "room"].append(Booking(held.slot, held.slot + facts.length(minutes), len(people), key))
    rooms: dict[Key, str] = {}
    roomless: set[Key] = set()
    for (site, day, needed), bookings in sorted(wanting.items(), key=lambda item: (item[0][0], item[0][1], not item[0][2])):
        there = sorted((r for r in facts.data.rooms if r.site == site), key=lambda r: r.capacity)
        taken = [b._replace(room=rooms[b.key]) for b in wanting.get((site, day, True), ()) if b.key in rooms] if not needed else []
        found = _smallest_first(facts, there, bookings, taken)
        if needed and len(found) < len(bookings):
            found = _as_many_as_can_be(facts, there, bookings)
            roomless |= {b.key for b in bookings} - found.keys()
        rooms |= found
    return Allotted(rooms, frozenset(roomless))


class Booking(NamedTuple):
    """Use of a room, from a slot up to a slot, by so many people."""

    start: int
    end: int
    people: int
    key: Key
    room: str = ""


def _site(facts: Facts, people: Iterable[str], slot: int) -> str:
    """Site at which all of these people are in a slot; blank where they are not all at one."""
    sites = {next((site for span, site in facts.places[i] if span >> slot & 1), "") for i in people}
    return sites.pop() if len(sites) == 1 else ""


def whereabouts(facts: Facts, now: Decisions, key: Key) -> tuple[str, str]:
    """Site and date of a session."""
    held = now.sessions[key]
    people = {facts.needs[n].staff for n in held.needs} | ({held.giver} - {PEERS})
    return _site(facts, people, held.slot), facts.day_and_minute(held.slot)[0]


def usable(facts: Facts, room: Room, start: int, end: int, people: int) -> bool:
    """Whether a room is open from one slot up to another and holds so many people."""
    day, _ = facts.day_and_minute(start)
    hours = _hours(facts, room)
    return room.capacity >= people and there_on(room, day) and facts.slot(day, hours.start) <= start and end <= facts.slot(day, hours.end)


def _smallest_first(facts: Facts, rooms: Sequence[Room], bookings: Sequence[Booking], taken: Sequence[Booking]) -> dict[Key, str]:
    done = list(taken)
    for one in sorted(bookings, key=lambda b: (b.start, -b.people, str(b.key))):
        for room in rooms:
            free = all(b.room != room.room or b.end <= one.start or one.end <= b.start for b in done)
            if free and usable(facts, room, one.start, one.end, one.people):
                done.append(one._replace(room=room.room))
                break
    return {b.key: b.room for b in done[len(taken) :]}


def _as_many_as_can_be(facts: Facts, rooms: Sequence[Room], bookings: Sequence[Booking]) -> dict[Key, str]:
    # Loaded here: hardly any rota needs it, and who covers one session should not wait for it.
    from ortools.sat.python import cp_model

    from optimiser import cpsat

    cp = cp_model.CpModel()
    uses = {
        (b.key, room.room): cp.new_bool_var(f"{b.key} {room.room}")
        for b in bookings for room in rooms if usable(facts, room, b.start, b.end, b.people)
    }  # fmt: skip
    for b in bookings:
        cp.add_at_most_one([literal for (key, _), literal in uses.items() if key == b.key])
        for room in rooms:
            cp.add_at_most_one([uses[o.key, room.room] for o in bookings if (o.key, room.room) in uses and o.start <= b.start < o.end])
    cp.maximize(sum(uses.values()))
    found = cpsat.solve(cp, seconds=ROOMS_TICKS, workers=1, reproducible=True)
    assert found.values is not None, "no rooms at all is an answer too"
    return {key: room for (key, room), literal in uses.items() if found.values[literal.index]}
